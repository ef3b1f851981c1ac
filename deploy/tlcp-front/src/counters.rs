//! What is counted, and its text for Prometheus (exposition format 0.0.4).
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::places::Places;

/// Counts of one way. Each goes up only.
#[derive(Default)]
pub struct Counters {
    /// Handshakes that ended well, with TLCP.
    pub tlcp: AtomicU64,
    /// The same with TLS 1.3.
    pub tls13: AtomicU64,
    /// Handshakes that did not: another protocol, a certificate that is not taken, bytes that are none.
    pub failed: AtomicU64,
    /// Handshakes that took longer than they may.
    pub timed_out: AtomicU64,
    /// Time of all handshakes that ended well, in microseconds.
    pub handshake_us: AtomicU64,
    /// Connections for which there was no place.
    pub refused: AtomicU64,
    /// The same, of one address.
    pub refused_origin: AtomicU64,
    /// Connections whose other side was not reached.
    pub unreached: AtomicU64,
    /// Bytes in the clear, from who connected.
    pub bytes_there: AtomicU64,
    /// The same, to it.
    pub bytes_back: AtomicU64,
}

/// One more.
pub fn up(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// One way's counts and places.
pub struct Counted {
    /// Its name.
    pub name: String,
    /// Its counts.
    pub counters: Counters,
    /// Connections open now.
    pub connections: Arc<Places>,
}

/// The whole text.
pub fn exposition(ways: &[Arc<Counted>]) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, of: &dyn Fn(&Counted) -> Vec<(&'static str, f64)>| {
        let _ = writeln!(text, "# HELP onecard_front_{name} {help}\n# TYPE onecard_front_{name} {kind}");
        for way in ways {
            for (labels, value) in of(way) {
                let _ = writeln!(text, "onecard_front_{name}{{way=\"{}\"{labels}}} {value}", way.name);
            }
        }
    };
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64;
    family("connections", "gauge", "Connections open now.", &|way| vec![("", f64::from(way.connections.taken()))]);
    family("handshakes_total", "counter", "Handshakes by how they ended.", &|way| {
        vec![
            (",ended=\"tlcp\"", read(&way.counters.tlcp)),
            (",ended=\"tls13\"", read(&way.counters.tls13)),
            (",ended=\"failed\"", read(&way.counters.failed)),
            (",ended=\"timed_out\"", read(&way.counters.timed_out)),
        ]
    });
    family("handshake_seconds_total", "counter", "Time of handshakes that ended well.", &|way| {
        vec![("", read(&way.counters.handshake_us) / 1e6)]
    });
    family(
        "refused_total",
        "counter",
        "Connections for which there was no place, of all or of their address.",
        &|way| {
            vec![(",of=\"all\"", read(&way.counters.refused)), (",of=\"address\"", read(&way.counters.refused_origin))]
        },
    );
    family("unreached_total", "counter", "Connections whose other side was not reached.", &|way| {
        vec![("", read(&way.counters.unreached))]
    });
    family("bytes_total", "counter", "Bytes in the clear, from who connected and to it.", &|way| {
        vec![
            (",direction=\"there\"", read(&way.counters.bytes_there)),
            (",direction=\"back\"", read(&way.counters.bytes_back)),
        ]
    });
    text
}
