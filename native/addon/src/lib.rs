//! The signature engine as a Node-API addon: few functions, flat arrays of fixed width, sizes checked before anything
//! is read. Callable from any number of worker threads at once. Nothing secret passes through.

mod arrays;
mod engines;
mod keys;
mod verify;
