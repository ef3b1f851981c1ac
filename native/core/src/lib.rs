//! Batched verification of SM2 (GB/T 32918.2) and ECDSA P-256 (FIPS 186-5) signatures, the public operation of RSA, and what
//! is sealed with SM4 and HMAC-SM3.
//!
//! What is verified is public: keys, digests, signatures. So every path of it takes variable time and none may be used where
//! a scalar is secret. The exceptions are `sm3_batch`, `sm4` and `seal`, whose keys are secret.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
pub mod backend;
pub mod curve;
pub mod engine;
#[cfg(target_arch = "x86_64")]
pub mod ifma8;
pub mod inverse;
pub mod known_answers;
pub mod limbs;
pub mod modulus;
pub mod packed;
pub mod prepared_keys;
pub mod public_key;
pub mod recode;
pub mod repeated_keys;
pub mod rsa;
pub mod scalar;
pub mod seal;
pub mod sm2_digest;
pub mod sm3;
pub mod sm3_batch;
mod sm3_lanes;
pub mod sm4;
pub mod task;
