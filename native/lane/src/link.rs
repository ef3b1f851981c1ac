//! One connection, from its greeting to its end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::lane::Shared;
use crate::resp::{REPLY_BYTES_MAX, Reply, read_reply, write_command};
use crate::rounds::Rounds;

const CONNECT_MAX: Duration = Duration::from_secs(2);
/// While answers are waited for, what is asked meanwhile waits so long for them, and goes with the next write.
const GATHER: Duration = Duration::from_millis(1);
/// A server that says nothing for so long, while it is asked, is connected to anew.
const SILENT: Duration = Duration::from_secs(5);
const LAST_WRITE_MAX: Duration = Duration::from_millis(50);
const READ_BYTES: usize = 16_384;
const READ_ONLY: &[u8] = b"READONLY";

/// Why a connection ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    /// It is not wanted any more.
    Wanted,
    /// Or never was there.
    Fault { was_up: bool },
}

/// Until the connection fails, or is not wanted any more.
pub(crate) fn serve(shared: &Shared, rounds: &mut Rounds<'_>, place: SocketAddr, generation: u64) -> End {
    let Ok(mut link) = Link::greeted(shared, place) else { return End::Fault { was_up: false } };
    {
        let mut queue = shared.queue();
        if queue.generation != generation || queue.is_stopped {
            return End::Wanted;
        }
        queue.is_up = true;
    }
    match link.run(shared, rounds, generation) {
        Ok(()) => End::Wanted,
        Err(_) => End::Fault { was_up: true },
    }
}

struct Link {
    stream: TcpStream,
    /// Bytes that came and are no whole reply yet.
    held: Vec<u8>,
    /// What is to be written.
    out: Vec<u8>,
    heard_at: Instant,
}

enum Next {
    Ended,
    Last(Vec<u8>),
    Asked(Vec<u8>),
    Nothing,
}

impl Link {
    /// Rejects a server that lets nobody in, or takes no writes.
    fn greeted(shared: &Shared, place: SocketAddr) -> io::Result<Self> {
        let options = &shared.options;
        let mut stream = TcpStream::connect_timeout(&place, CONNECT_MAX)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(CONNECT_MAX))?;
        stream.set_write_timeout(Some(CONNECT_MAX))?;
        let mut greeting = Vec::new();
        if let Some(password) = &options.password {
            let words = [Some("auth"), options.username.as_deref(), Some(password)];
            let words: Vec<&[u8]> = words.into_iter().flatten().map(str::as_bytes).collect();
            write_command(&mut greeting, &words);
        }
        write_command(&mut greeting, &[b"set", options.look.as_bytes(), b"1", b"PX", b"10000"]);
        let mut left = if options.password.is_some() { 2 } else { 1 };
        stream.write_all(&greeting)?;
        let (mut held, mut bytes, ends_at) = (Vec::new(), [0; REPLY_BYTES_MAX], Instant::now() + CONNECT_MAX);
        while left > 0 {
            let count = stream.read(&mut bytes)?;
            held.extend(&bytes[..count]);
            while let Some((reply, length)) = read_reply(&held).map_err(|why| io::Error::other(why.0))? {
                if left == 0 || reply != Reply::Simple(b"OK") {
                    return Err(io::Error::other("it does not let this gateway in"));
                }
                left -= 1;
                held.drain(..length);
            }
            if count == 0 || Instant::now() > ends_at {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        stream.set_nonblocking(true)?;
        Ok(Self { stream, held, out: Vec::new(), heard_at: Instant::now() })
    }

    fn run(&mut self, shared: &Shared, rounds: &mut Rounds<'_>, generation: u64) -> io::Result<()> {
        let mut answers = Vec::new();
        loop {
            let now = Instant::now();
            let gathered_at = rounds.last_sent_at().map(|at| at + GATHER).filter(|&at| now < at);
            let takes = gathered_at.is_none() && self.out.is_empty();
            match next(shared, generation, takes) {
                Next::Ended => return Ok(()),
                Next::Last(asked) => return self.write_last(&asked, rounds),
                Next::Asked(asked) => {
                    rounds.ask(&asked, now, &mut self.out).map_err(|_| ErrorKind::InvalidData)?;
                    self.write()?;
                    continue;
                }
                Next::Nothing => {}
            }
            let until = [rounds.deadline(), gathered_at, self.silent_at(rounds)];
            let at_most = until.into_iter().flatten().min().map(|at| at.saturating_duration_since(now));
            shared.waker.wait_with(&self.stream, !self.out.is_empty(), gathered_at.is_none(), at_most);
            // What was answered before something that is no reply counts.
            let read = self.write().and_then(|()| self.read(rounds, &mut answers));
            let now = Instant::now();
            rounds.end_late(now, &mut answers);
            shared.tell(rounds, &mut answers);
            read?;
            if self.silent_at(rounds).is_some_and(|at| now >= at) {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }

    /// When it will have said nothing for too long, while it is asked.
    fn silent_at(&self, rounds: &Rounds<'_>) -> Option<Instant> {
        rounds.oldest_sent_at().map(|at| at.max(self.heard_at) + SILENT)
    }

    fn read(&mut self, rounds: &mut Rounds<'_>, answers: &mut Vec<u8>) -> io::Result<()> {
        let mut bytes = [0; READ_BYTES];
        loop {
            let count = match self.stream.read(&mut bytes) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let now = Instant::now();
            self.heard_at = now;
            self.held.extend(&bytes[..count]);
            let mut at = 0;
            while let Some((reply, length)) = read_reply(&self.held[at..]).map_err(|why| io::Error::other(why.0))? {
                at += length;
                rounds.replied(&reply, now, answers).map_err(|why| io::Error::other(why.0))?;
                // It takes no writes any more.
                if matches!(reply, Reply::Error(text) if text.starts_with(READ_ONLY)) {
                    return Err(ErrorKind::ReadOnlyFilesystem.into());
                }
            }
            self.held.drain(..at);
            if count < READ_BYTES {
                return Ok(());
            }
        }
    }

    /// As much as it takes now.
    fn write(&mut self) -> io::Result<()> {
        let mut at = 0;
        while at < self.out.len() {
            match self.stream.write(&self.out[at..]) {
                Ok(count) => at += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.out.drain(..at);
        Ok(())
    }

    fn write_last(&mut self, asked: &[u8], rounds: &mut Rounds<'_>) -> io::Result<()> {
        rounds.ask(asked, Instant::now(), &mut self.out).map_err(|_| ErrorKind::InvalidData)?;
        self.stream.set_nonblocking(false)?;
        self.stream.set_write_timeout(Some(LAST_WRITE_MAX))?;
        self.stream.write_all(&self.out)
    }
}

/// `takes`: what was asked, if any; else the thread is called for it from now on.
fn next(shared: &Shared, generation: u64, takes: bool) -> Next {
    let mut queue = shared.queue();
    if queue.is_stopped {
        return Next::Last(std::mem::take(&mut queue.asks));
    }
    if queue.generation != generation {
        return Next::Ended;
    }
    if !takes || queue.asks.is_empty() {
        queue.is_asleep = takes;
        return Next::Nothing;
    }
    Next::Asked(std::mem::take(&mut queue.asks))
}
