//! Asks the store of a cluster which showings were taken before, on a thread of its own: one connection to one Redis or Valkey
//! server without TLS, one write for all that was asked meanwhile, and their answers read in place.
//!
//! It is a short way beside the whole client in JavaScript, which says which server is asked, and asks it wherever this one is not
//! connected. What a server sends is hostile: whatever is no reply ends the connection.

pub mod answers;
pub mod asks;
#[cfg(unix)]
pub mod lane;
#[cfg(unix)]
mod link;
pub mod marks;
pub mod resp;
pub mod rounds;
#[cfg(unix)]
mod waker;
