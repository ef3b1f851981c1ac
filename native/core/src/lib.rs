//! Batched verification of SM2 (GB/T 32918.2) and ECDSA P-256 (FIPS 186-5) signatures, and the public operation of RSA.
//!
//! Everything handled is public: keys, digests, signatures. So every path takes variable time and none of this may be
//! used where a scalar is secret. The one exception is `sm3_batch`, whose keys are secret.

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
pub mod sm2_digest;
pub mod sm3;
pub mod sm3_batch;
pub mod task;
