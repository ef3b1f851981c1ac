//! What a certificate's key may be used for (RFC 5280 clause 4.2.1.3): GM/T 0015-2012 has one certificate for each use.
use openssl::x509::{X509KeyUsage, X509Ref};

/// Whether it is for signatures. A certificate that does not say so is not.
pub fn signs(certificate: &X509Ref) -> bool {
    is_for(certificate, X509KeyUsage::DIGITAL_SIGNATURE)
}

/// Whether it is for the encryption of keys or data, and not for signatures.
pub fn encrypts(certificate: &X509Ref) -> bool {
    let any = X509KeyUsage::KEY_ENCIPHERMENT | X509KeyUsage::DATA_ENCIPHERMENT | X509KeyUsage::KEY_AGREEMENT;
    is_for(certificate, any) && !signs(certificate)
}

fn is_for(certificate: &X509Ref, any: X509KeyUsage) -> bool {
    certificate.key_usage().is_some_and(|usage| usage.intersects(any))
}
