//! Wakes a thread that waits for a socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

pub struct Waker {
    to: UnixStream,
    from: UnixStream,
}

impl Waker {
    pub fn new() -> io::Result<Self> {
        let (to, from) = UnixStream::pair()?;
        to.set_nonblocking(true)?;
        from.set_nonblocking(true)?;
        Ok(Self { to, from })
    }

    /// Where it is full, the thread will wake all the same.
    pub fn wake(&self) {
        let _ = (&self.to).write(&[1]);
    }

    /// Waits until it is called, or for a while; none: for ever.
    pub fn wait(&self, at_most: Option<Duration>) {
        let mut of = [waited(self.from.as_raw_fd(), libc::POLLIN)];
        poll(&mut of, at_most);
        self.hear(of[0].revents);
    }

    /// Waits until the socket can be read, or written where that is wanted, or it is called where that is heard.
    pub fn wait_with(&self, socket: &TcpStream, wants_write: bool, hears: bool, at_most: Option<Duration>) {
        let events = if wants_write { libc::POLLIN | libc::POLLOUT } else { libc::POLLIN };
        let mut of = [waited(socket.as_raw_fd(), events), waited(self.from.as_raw_fd(), libc::POLLIN)];
        poll(&mut of[..if hears { 2 } else { 1 }], at_most);
        self.hear(of[1].revents);
    }

    fn hear(&self, events: libc::c_short) {
        if events != 0 {
            let _ = (&self.from).read(&mut [0; 64]);
        }
    }
}

fn waited(fd: RawFd, events: libc::c_short) -> libc::pollfd {
    libc::pollfd { fd, events, revents: 0 }
}

/// A wait that a signal ends is one that ended early: whoever waits looks by itself.
fn poll(of: &mut [libc::pollfd], at_most: Option<Duration>) {
    let ms = at_most.map_or(-1, |time| i32::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX));
    // SAFETY: the pointer and the count are those of one slice, which nothing else refers to meanwhile.
    unsafe { libc::poll(of.as_mut_ptr(), of.len() as libc::nfds_t, ms) };
}
