//! The signature engine as a Node-API addon: few functions, flat arrays of fixed width, sizes checked before anything
//! is read. Callable from any number of worker threads at once. Nothing secret passes through but the keys of
//! `keyed_digests`, whose hash takes the same time for every key, and what is sealed and opened, with its keys, which takes a
//! time that depends on lengths alone. `store_lane` is not of signatures: it starts the one thread that the addon has.

mod arrays;
mod digests;
mod engines;
mod keys;
mod rsa;
mod sealing;
mod sm2_digests;
#[cfg(unix)]
mod store_lane;
mod verify;
