//! What holds keys, as the protocol sees it.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureAlgorithm {
    Ed25519,
    /// ECDSA on P-256 over a SHA-256 digest.
    Es256,
    /// Over the digest e of GB/T 32918.2 clause 6.1, which has the signer's identity in it.
    Sm2,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WrapAlgorithm {
    Aes256Kw,
    Sm4Kw,
}

/// Each with a sentence for the operator, which holds no secret.
#[derive(Debug)]
pub enum DeviceError {
    Unsupported(String),
    NoKey(String),
    UnusableKey(String),
    Unreadable(String),
    /// The device gave an error, or is gone. The process ends with it: whoever starts it anew begins with a new session.
    Device(String),
}

pub trait Device {
    /// For people.
    fn name(&self) -> String;
    /// 32 bytes of Ed25519, X ‖ Y of the others.
    fn public_key(&self, algorithm: SignatureAlgorithm, label: &str) -> Result<Vec<u8>, DeviceError>;
    /// R ‖ S or r ‖ s, 64 bytes. `input`: the message for Ed25519, else a digest of 32 bytes.
    fn sign(&self, algorithm: SignatureAlgorithm, label: &str, input: &[u8]) -> Result<Vec<u8>, DeviceError>;
    fn wrap(&self, algorithm: WrapAlgorithm, label: &str, key: &[u8]) -> Result<Vec<u8>, DeviceError>;
    fn unwrap(&self, algorithm: WrapAlgorithm, label: &str, wrapped: &[u8]) -> Result<Vec<u8>, DeviceError>;
}
