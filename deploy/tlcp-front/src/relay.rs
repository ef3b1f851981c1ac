//! Hands bytes on, both ways, until one side has ended or nothing comes.
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

/// Of each direction of a connection.
const BUFFER_BYTES: usize = 8_192;
/// Time for the other direction once one has ended.
const LINGER: Duration = Duration::from_secs(5);
/// Reads in a row before others have their turn.
const TURNS_MAX: usize = 16;

struct Direction<'a> {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    is_read_out: bool,
    is_over: bool,
    bytes: &'a AtomicU64,
}

impl<'a> Direction<'a> {
    fn new(bytes: &'a AtomicU64) -> Self {
        Self { buffer: vec![0; BUFFER_BYTES].into(), start: 0, end: 0, is_read_out: false, is_over: false, bytes }
    }

    /// Ready when the direction is over. `moved`: set when anything was read or written.
    fn poll<R, W>(
        &mut self,
        context: &mut Context<'_>,
        from: &mut R,
        to: &mut W,
        moved: &mut bool,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        for _ in 0..TURNS_MAX {
            while self.start < self.end {
                let count = ready!(Pin::new(&mut *to).poll_write(context, &self.buffer[self.start..self.end]))?;
                if count == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.start += count;
                *moved = true;
            }
            if self.is_read_out {
                ready!(Pin::new(&mut *to).poll_shutdown(context))?;
                self.is_over = true;
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut self.buffer);
            ready!(Pin::new(&mut *from).poll_read(context, &mut buffer))?;
            (self.start, self.end) = (0, buffer.filled().len());
            self.is_read_out = self.end == 0;
            self.bytes.fetch_add(self.end as u64, Ordering::Relaxed);
            *moved = true;
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Ends when both directions have, five seconds after the first did, or when nothing was moved for `idle`.
pub async fn relay<A, B>(mut near: A, mut far: B, idle: Duration, counted: (&AtomicU64, &AtomicU64)) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let (mut there, mut back) = (Direction::new(counted.0), Direction::new(counted.1));
    let mut last = Instant::now();
    let mut ends_at: Option<Instant> = None;
    let mut timer = pin!(sleep_until(last + idle));
    poll_fn(|context| {
        let mut moved = false;
        if !there.is_over
            && let Poll::Ready(ended) = there.poll(context, &mut near, &mut far, &mut moved)
        {
            ended?;
        }
        if !back.is_over
            && let Poll::Ready(ended) = back.poll(context, &mut far, &mut near, &mut moved)
        {
            ended?;
        }
        if there.is_over && back.is_over {
            return Poll::Ready(Ok(()));
        }
        if moved {
            last = Instant::now();
        }
        if ends_at.is_none() && (there.is_over || back.is_over) {
            ends_at = Some(Instant::now() + LINGER);
            timer.as_mut().reset(Instant::now() + LINGER);
        }
        // Moved to where it is due only when it rings, not with every message.
        while timer.as_mut().poll(context).is_ready() {
            let due = ends_at.unwrap_or(last + idle);
            if due <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            timer.as_mut().reset(due);
        }
        Poll::Pending
    })
    .await
}
