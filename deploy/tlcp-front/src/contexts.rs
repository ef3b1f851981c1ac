//! What the library is told: protocols, suites, certificates. Nothing that is not of SM2, SM3 and SM4 is offered or taken.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslFiletype, SslMethod, SslMode, SslOptions, SslSessionCacheMode,
    SslVerifyMode, SslVersion,
};
use openssl::x509::store::{X509Lookup, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509Name, X509StoreContext, X509StoreContextRef};

use crate::key_usage;
use crate::settings::{Accept, Authority, Connect, Pair, Protocol};

/// GB/T 38636-2020 clause 6.4.5.2, table 2; those with ECDHE need a client's two certificates.
const TLCP_SUITES: &str = "ECC-SM2-SM4-GCM-SM3:ECC-SM2-SM4-CBC-SM3:ECDHE-SM2-SM4-GCM-SM3:ECDHE-SM2-SM4-CBC-SM3";
/// RFC 8998 clause 2.
const TLS13_SUITES: &str = "TLS_SM4_GCM_SM3:TLS_SM4_CCM_SM3";
/// RFC 8998 clause 3.
const TLS13_GROUP: &str = "curveSM2";
const TLS13_SIGNATURE: &str = "sm2sig_sm3";
const CHAIN_DEPTH_MAX: u32 = 4;

/// For a way in. The error is a sentence for an operator.
pub fn server(way: &Accept) -> Result<SslContext, String> {
    let mut context = begun(&way.protocols, true).map_err(library)?;
    certify(&mut context, &way.pair, &way.protocols)?;
    if let Some(clients) = &way.clients {
        trust(&mut context, clients)?;
        let names = X509Name::load_client_ca_file(&clients.ca_file).map_err(library)?;
        context.set_client_ca_list(names);
        context.set_verify_callback(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT, is_taken);
    }
    Ok(context.build())
}

/// For a way out.
pub fn client(way: &Connect) -> Result<SslContext, String> {
    let protocols = [way.protocol];
    let mut context = begun(&protocols, false).map_err(library)?;
    if let Some(pair) = &way.pair {
        certify(&mut context, pair, &protocols)?;
    }
    trust(&mut context, &way.servers)?;
    context.set_verify_callback(SslVerifyMode::PEER, is_taken);
    Ok(context.build())
}

/// One connection of a way out, bound to the server's name.
pub fn to_server(context: &SslContext, server_name: &str) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_hostname(server_name)?;
    ssl.param_mut().set_host(server_name)?;
    ssl.set_connect_state();
    Ok(ssl)
}

fn begun(protocols: &[Protocol], is_server: bool) -> Result<SslContextBuilder, ErrorStack> {
    let (tlcp, tls13) = (protocols.contains(&Protocol::Tlcp), protocols.contains(&Protocol::Tls13));
    let method = match (tls13, is_server) {
        (true, true) => SslMethod::tls_server(),
        (true, false) => SslMethod::tls_client(),
        (false, true) => SslMethod::ntls_server(),
        (false, false) => SslMethod::ntls_client(),
    };
    let mut context = SslContextBuilder::new(method)?;
    if tlcp {
        context.enable_ntls();
        context.set_ntls_cert_key_usage_check(true);
        context.set_cipher_list(TLCP_SUITES)?;
    }
    if tls13 {
        context.set_min_proto_version(Some(SslVersion::TLS1_3))?;
        context.set_max_proto_version(Some(SslVersion::TLS1_3))?;
        context.enable_sm_tls13_strict();
        context.set_ciphersuites(TLS13_SUITES)?;
        context.set_groups_list(TLS13_GROUP)?;
        context.set_sigalgs_list(TLS13_SIGNATURE)?;
    }
    // A ticket would be sealed with AES and HMAC-SHA-256. A record of TLCP with CBC has an IV of its own (GB/T 38636-2020 clause
    // 6.3.3.4), so none that is empty goes before it; Tongsuo 8.5.0 would fail to make one.
    context.set_options(
        SslOptions::NO_TICKET
            | SslOptions::DONT_INSERT_EMPTY_FRAGMENTS
            | SslOptions::NO_COMPRESSION
            | SslOptions::NO_RENEGOTIATION
            | SslOptions::CIPHER_SERVER_PREFERENCE,
    );
    if tls13 && is_server {
        context.set_num_tickets(0)?;
    }
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    // The chain is what the files say, without roots: those of clients are in the same store.
    context.set_mode(
        SslMode::ENABLE_PARTIAL_WRITE
            | SslMode::ACCEPT_MOVING_WRITE_BUFFER
            | SslMode::RELEASE_BUFFERS
            | SslMode::NO_AUTO_CHAIN,
    );
    context.set_verify_depth(CHAIN_DEPTH_MAX);
    Ok(context)
}

/// Gives a context its pair, each certificate with its key.
fn certify(context: &mut SslContextBuilder, pair: &Pair, protocols: &[Protocol]) -> Result<(), String> {
    let chain = certificates(&pair.sign_cert_file)?;
    let (sign, between) = chain.split_first().ok_or_else(|| none_in(&pair.sign_cert_file))?;
    let sign_key = key_of(&pair.sign_key_file, sign)?;
    if !key_usage::signs(sign) {
        return Err(format!("{}: its key usage is not to sign (digitalSignature)", pair.sign_cert_file.display()));
    }
    if protocols.contains(&Protocol::Tls13) {
        context.set_certificate(sign).map_err(library)?;
        context.set_private_key(&sign_key).map_err(library)?;
    }
    if protocols.contains(&Protocol::Tlcp)
        && let (Some(enc_cert_file), Some(enc_key_file)) = (&pair.enc_cert_file, &pair.enc_key_file)
    {
        let chain = certificates(enc_cert_file)?;
        let enc = chain.first().ok_or_else(|| none_in(enc_cert_file))?;
        let enc_key = key_of(enc_key_file, enc)?;
        if !key_usage::encrypts(enc) {
            return Err(format!("{}: its key usage is not to encrypt (keyEncipherment)", enc_cert_file.display()));
        }
        context.set_sign_certificate(sign).map_err(library)?;
        context.set_sign_private_key(&sign_key).map_err(library)?;
        context.set_enc_certificate(enc).map_err(library)?;
        context.set_enc_private_key(&enc_key).map_err(library)?;
    }
    for certificate in between {
        context.add_extra_chain_cert(certificate.clone()).map_err(library)?;
    }
    Ok(())
}

fn trust(context: &mut SslContextBuilder, authority: &Authority) -> Result<(), String> {
    let mut store = X509StoreBuilder::new().map_err(library)?;
    let roots = certificates(&authority.ca_file)?;
    if roots.is_empty() {
        return Err(none_in(&authority.ca_file));
    }
    for root in roots {
        store.add_cert(root).map_err(library)?;
    }
    if let Some(crl_file) = &authority.crl_file {
        let lookup = store.add_lookup(X509Lookup::file()).map_err(library)?;
        lookup.load_crl_file(crl_file, SslFiletype::PEM).map_err(|cause| format!("{}: {cause}", crl_file.display()))?;
        store.set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL).map_err(library)?;
    }
    context.set_cert_store(store.build());
    Ok(())
}

/// Of a peer, whatever the library found, and that its own certificate is one to sign with: in TLS 1.3 the library does not ask
/// (RFC 8446 clause 4.4.2.2), in TLCP it does, of either certificate.
fn is_taken(is_verified: bool, verifying: &mut X509StoreContextRef) -> bool {
    let ssl = X509StoreContext::ssl_idx().ok().and_then(|index| verifying.ex_data(index));
    let is_tls = ssl.is_none_or(|ssl| ssl.version_str() != "NTLSv1.1");
    let is_leaf = verifying.error_depth() == 0;
    is_verified && (!is_tls || !is_leaf || verifying.current_cert().is_some_and(key_usage::signs))
}

fn certificates(file: &Path) -> Result<Vec<X509>, String> {
    let pem = fs::read(file).map_err(|cause| format!("{}: {cause}", file.display()))?;
    X509::stack_from_pem(&pem).map_err(|cause| format!("{}: {cause}", file.display()))
}

/// Reads a private key. It must be that of the certificate, and not readable by everybody.
fn key_of(file: &Path, certificate: &X509) -> Result<PKey<Private>, String> {
    let named = |fault: String| format!("{}: {fault}", file.display());
    let mode = fs::metadata(file).map_err(|cause| named(cause.to_string()))?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(named("everybody on this machine can read the key: chmod 0600".into()));
    }
    let pem = fs::read(file).map_err(|cause| named(cause.to_string()))?;
    let key = PKey::private_key_from_pem(&pem).map_err(|cause| named(cause.to_string()))?;
    let public = certificate.public_key().map_err(library)?;
    if !key.public_eq(&public) {
        return Err(named("is not the key of its certificate".into()));
    }
    Ok(key)
}

fn none_in(file: &Path) -> String {
    format!("{}: no certificate is in it", file.display())
}

fn library(cause: ErrorStack) -> String {
    format!("the library refuses: {cause}")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::thread;

    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::nid::Nid;
    use openssl::pkey::{PKey, Private};
    use openssl::ssl::{Ssl, SslVerifyMode};
    use openssl::x509::extension::{BasicConstraints, KeyUsage};
    use openssl::x509::{X509, X509Builder, X509Name};

    use super::{begun, server};
    use crate::settings::{Protocol, parse};

    fn key() -> PKey<Private> {
        let group = EcGroup::from_curve_name(Nid::SM2).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    }

    /// Of `key`, by the authority's certificate and key; without one, by itself.
    fn certificate(name: &str, key: &PKey<Private>, usage: &KeyUsage, by: Option<(&X509, &PKey<Private>)>) -> X509 {
        let mut subject = X509Name::builder().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&subject).unwrap();
        builder.set_issuer_name(by.map_or(&*subject, |(authority, _)| authority.subject_name())).unwrap();
        builder.set_pubkey(key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
        if by.is_none() {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        }
        builder.append_extension(usage.build().unwrap()).unwrap();
        builder.sign(by.map_or(key, |(_, authority)| authority), MessageDigest::sm3()).unwrap();
        builder.build()
    }

    fn written(folder: &Path, name: &str, pem: &[u8]) {
        fs::write(folder.join(name), pem).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Whether a front takes a client of TLS 1.3 with this certificate: a client that the front's own rules do not bind.
    fn is_taken(certificate: &X509, key: &PKey<Private>, folder: &Path) -> bool {
        let pair = r#"{"sign_cert_file":"F/front.pem","sign_key_file":"F/front.key"}"#;
        let way = r#"{"accept":[{"name":"in","listen":"127.0.0.1:1","to":"127.0.0.1:2","protocols":["tls13"],"pair":P,"clients":{"ca_file":"F/ca.pem"}}]}"#;
        let settings = parse(&way.replace('P', pair).replace('F', folder.to_str().unwrap())).unwrap();
        let front = server(&settings.accept[0]).unwrap();
        let mut client = begun(&[Protocol::Tls13], false).unwrap();
        client.set_certificate(certificate).unwrap();
        client.set_private_key(key).unwrap();
        client.set_verify(SslVerifyMode::NONE);
        let client = client.build();
        let (near, far) = UnixStream::pair().unwrap();
        let shaking = thread::spawn(move || Ssl::new(&client).unwrap().connect(near).is_ok());
        let taken = Ssl::new(&front).unwrap().accept(far).is_ok();
        let _shaken = shaking.join();
        taken
    }

    #[test]
    fn a_certificate_of_the_encryption_pair_opens_nothing() {
        let folder = std::env::temp_dir().join(format!("onecard-front-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (ca_key, key) = (key(), key());
        let ca = certificate("ca", &ca_key, KeyUsage::new().critical().key_cert_sign(), None);
        let issued = |name: &str, usage: &KeyUsage| certificate(name, &key, usage, Some((&ca, &ca_key)));
        let signing = issued("signing", KeyUsage::new().critical().digital_signature());
        let encryption = issued("encryption", KeyUsage::new().critical().key_encipherment().key_agreement());
        written(&folder, "ca.pem", &ca.to_pem().unwrap());
        written(&folder, "front.pem", &signing.to_pem().unwrap());
        written(&folder, "front.key", &key.private_key_to_pem_pkcs8().unwrap());
        assert!(is_taken(&signing, &key, &folder));
        assert!(!is_taken(&encryption, &key, &folder));
        fs::remove_dir_all(&folder).unwrap();
    }
}
