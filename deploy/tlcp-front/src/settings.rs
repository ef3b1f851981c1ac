//! The settings: one JSON file, read strictly. Every name that is not known is an error.
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What the front does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where probes and Prometheus ask; without it nowhere.
    pub health: Option<Health>,
    /// Ways in: what comes is decrypted and handed to a gateway of this machine.
    #[serde(default)]
    pub accept: Vec<Accept>,
    /// Ways out: what this machine's gateway sends is encrypted for another machine.
    #[serde(default)]
    pub connect: Vec<Connect>,
    /// Threads that hand bytes on.
    #[serde(default = "one")]
    pub threads: usize,
    /// Threads for handshakes, beside them: what a handshake costs, no connection that stands waits for.
    #[serde(default = "one")]
    pub handshake_threads: usize,
    /// Time that connections have to end by themselves when the front is asked to stop.
    #[serde(default = "leave_ms")]
    pub leave_ms: u64,
}

/// The address of probes and metrics.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Plain HTTP. Nothing that is asked there names a person or a device.
    pub listen: SocketAddr,
    /// The gateway whose `/readyz` and `/livez` are passed on.
    pub gateway: Option<SocketAddr>,
}

/// A protocol, as it is written in the settings.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// GB/T 38636-2020.
    Tlcp,
    /// RFC 8446 with RFC 8998: TLS_SM4_GCM_SM3, curveSM2, sm2sig_sm3 alone.
    Tls13,
}

/// PEM files of a signing and an encryption pair (GM/T 0015).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Signing certificate, and those between it and the root.
    pub sign_cert_file: PathBuf,
    /// Its private key.
    pub sign_key_file: PathBuf,
    /// Encryption certificate: TLCP needs it.
    pub enc_cert_file: Option<PathBuf>,
    /// Its private key.
    pub enc_key_file: Option<PathBuf>,
}

/// Whose certificates are taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// PEM: roots.
    pub ca_file: PathBuf,
    /// PEM: revocation lists, of every authority on the way. With it, whoever is on one is refused.
    pub crl_file: Option<PathBuf>,
}

/// A way in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// Its name in metrics.
    pub name: String,
    /// Where clients connect to.
    pub listen: SocketAddr,
    /// The gateway: an address of this machine.
    pub to: SocketAddr,
    /// What is spoken.
    #[serde(default = "both")]
    pub protocols: Vec<Protocol>,
    /// The front's certificates.
    pub pair: Pair,
    /// With it, a client must show a certificate of theirs.
    pub clients: Option<Authority>,
    /// How much is taken at once.
    #[serde(default)]
    pub limits: Limits,
}

/// A way out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// Its name in metrics.
    pub name: String,
    /// Where the gateway connects to: an address of this machine.
    pub listen: SocketAddr,
    /// The other side, `host:port`.
    pub to: String,
    /// The name that its certificate must have.
    pub server_name: String,
    /// What is spoken.
    pub protocol: Protocol,
    /// Whose certificate it must be.
    pub servers: Authority,
    /// This side's certificates, where the other asks for them.
    pub pair: Option<Pair>,
    /// How much is taken at once.
    #[serde(default)]
    pub limits: Limits,
}

/// Bounds of one way.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at once.
    pub connections: u32,
    /// The same from one address (of IPv6: from one /64).
    pub connections_per_address: u32,
    /// Handshakes at once.
    pub handshakes: u32,
    /// The same from one address.
    pub handshakes_per_address: u32,
    /// Time a handshake may take, with all that it waits for.
    pub handshake_ms: u64,
    /// Time after which a connection is ended over which nothing went either way.
    pub idle_ms: u64,
    /// Time to reach the other side.
    pub connect_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 2_048,
            handshakes: 256,
            handshakes_per_address: 64,
            handshake_ms: 5_000,
            idle_ms: 120_000,
            connect_ms: 3_000,
        }
    }
}

fn one() -> usize {
    1
}
fn leave_ms() -> u64 {
    5_000
}
fn both() -> Vec<Protocol> {
    vec![Protocol::Tlcp, Protocol::Tls13]
}

/// Reads a file of settings. The error is a sentence for an operator.
pub fn load(file: &Path) -> Result<Settings, String> {
    let text = std::fs::read_to_string(file).map_err(|cause| format!("{}: {cause}", file.display()))?;
    parse(&text).map_err(|fault| format!("{}: {fault}", file.display()))
}

/// Reads settings. The error names what is wrong.
pub fn parse(text: &str) -> Result<Settings, String> {
    let settings: Settings = serde_json::from_str(text).map_err(|cause| cause.to_string())?;
    check(&settings).map(|()| settings)
}

fn check(settings: &Settings) -> Result<(), String> {
    let Settings { accept, connect, threads, handshake_threads, .. } = settings;
    if accept.is_empty() && connect.is_empty() {
        return Err("neither accept nor connect has a way: there is nothing to do".into());
    }
    if !(1..=64).contains(threads) || !(1..=64).contains(handshake_threads) {
        return Err("threads and handshake_threads are from 1 to 64".into());
    }
    let mut names = HashSet::new();
    for name in accept.iter().map(|way| &way.name).chain(connect.iter().map(|way| &way.name)) {
        let is_plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_plain || name.len() > 32 || !names.insert(name) {
            return Err(format!("name {name:?} must be a-z, 0-9 and -, of 32 at most, and each way's own"));
        }
    }
    if let Some(gateway) = settings.health.as_ref().and_then(|health| health.gateway) {
        stays_here("health.gateway", gateway.ip())?;
    }
    for way in accept {
        stays_here(&format!("{}: to", way.name), way.to.ip())?;
        if way.protocols.is_empty() {
            return Err(format!("{}: protocols names none", way.name));
        }
        check_pair(&way.name, &way.pair, way.protocols.contains(&Protocol::Tlcp))?;
        check_limits(&way.name, &way.limits)?;
    }
    for way in connect {
        stays_here(&format!("{}: listen", way.name), way.listen.ip())?;
        if way.server_name.is_empty() {
            return Err(format!("{}: server_name is empty: any server would do", way.name));
        }
        if let Some(pair) = &way.pair {
            check_pair(&way.name, pair, way.protocol == Protocol::Tlcp)?;
        }
        check_limits(&way.name, &way.limits)?;
    }
    Ok(())
}

/// What is in the clear must not leave this machine.
fn stays_here(what: &str, address: IpAddr) -> Result<(), String> {
    if address.is_loopback() {
        return Ok(());
    }
    Err(format!("{what} is {address}: what goes there is in the clear, so it must be of this machine (127.0.0.1)"))
}

fn check_pair(name: &str, pair: &Pair, needs_encryption: bool) -> Result<(), String> {
    match (&pair.enc_cert_file, &pair.enc_key_file) {
        (Some(_), Some(_)) => Ok(()),
        (None, None) if !needs_encryption => Ok(()),
        _ => Err(format!("{name}: TLCP needs an encryption pair: enc_cert_file and enc_key_file")),
    }
}

fn check_limits(name: &str, limits: &Limits) -> Result<(), String> {
    let Limits {
        connections,
        connections_per_address,
        handshakes,
        handshakes_per_address,
        handshake_ms,
        idle_ms,
        connect_ms,
    } = *limits;
    let counts = [connections, connections_per_address, handshakes, handshakes_per_address];
    let times = [handshake_ms, idle_ms, connect_ms];
    let is_set = counts.iter().all(|count| (1..=1_000_000).contains(count))
        && times.iter().all(|ms| (1..=86_400_000).contains(ms));
    if is_set { Ok(()) } else { Err(format!("{name}: limits are from 1 to 1,000,000, times from 1 ms to a day")) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn refused(from: &str, to: &str) -> String {
        let whole = r#"{"accept":[{"name":"gates","listen":"0.0.0.0:1","to":"127.0.0.1:2","pair":{"sign_cert_file":"a","sign_key_file":"b","enc_cert_file":"c","enc_key_file":"d"}}],
            "connect":[{"name":"platform","listen":"127.0.0.1:3","to":"p:4","server_name":"p","protocol":"tls13","servers":{"ca_file":"r"}}]}"#;
        assert!(parse(whole).is_ok());
        assert!(whole.contains(from));
        parse(&whole.replacen(from, to, 1)).err().unwrap()
    }

    #[test]
    fn what_is_in_the_clear_stays_on_this_machine() {
        assert!(refused("127.0.0.1:2", "10.0.0.1:2").starts_with("gates: to is 10.0.0.1"));
        assert!(refused("127.0.0.1:3", "0.0.0.0:3").starts_with("platform: listen is 0.0.0.0"));
    }

    #[test]
    fn what_is_not_known_or_missing_is_an_error() {
        assert!(refused(r#""name":"gates","#, r#""name":"gates","tls12":true,"#).contains("tls12"));
        assert!(refused(r#","enc_key_file":"d""#, "").contains("encryption pair"));
        assert!(refused(r#""server_name":"p""#, r#""server_name":"""#).contains("server_name"));
        assert!(refused(r#""protocol":"tls13""#, r#""protocol":"tls12""#).contains("tls12"));
        assert!(refused(r#""name":"platform""#, r#""name":"gates""#).contains("each way's own"));
    }
}
