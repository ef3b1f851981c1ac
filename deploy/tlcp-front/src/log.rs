//! Lines of JSON for the journal of the system. No line has an address or a name of a client.
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes one line to standard error.
pub fn say(level: &str, message: &str, about: &str) {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    eprintln!("{}", serde_json::json!({ "time": time, "level": level, "msg": message, "about": about }));
}
