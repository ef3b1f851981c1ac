//! The thread, and what others have of it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::answers::whole;
use crate::link::{End, serve};
use crate::rounds::{Rounds, Terms};
use crate::waker::Waker;

/// As the threads that are waited for are told by (gateway/scheduling/tap-threads.ts).
const THREAD_NAME: &str = "store";
const RETRY_STEP: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_millis(500);
/// So long a stop waits until what was given back is written.
const STOP_MAX: Duration = Duration::from_millis(100);

/// What a lane is made with.
pub struct Options {
    /// What is asked for.
    pub terms: Terms,
    /// The name that is written to see whether it can be.
    pub look: String,
    /// With the password.
    pub username: Option<String>,
    /// None: the server asks for none.
    pub password: Option<String>,
    /// Of what waits to be asked.
    pub ask_bytes_max: usize,
}

/// How a lane stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// Not connected.
    Down = 0,
    /// It can be asked.
    Up = 1,
    /// The server has let too many writes go without an answer: nothing is to be asked for a while.
    Open = 2,
}

pub(crate) struct Queue {
    pub asks: Vec<u8>,
    pub place: Option<SocketAddr>,
    /// Another one than a connection was made for: that ends.
    pub generation: u64,
    pub is_stopped: bool,
    /// Connected.
    pub is_up: bool,
    /// The thread waits, and hears when it is called.
    pub is_asleep: bool,
    has_ended: bool,
}

pub(crate) struct Shared {
    pub options: Options,
    pub waker: Waker,
    queue: Mutex<Queue>,
    ended: Condvar,
    answers: Mutex<Vec<u8>>,
    on_answers: Box<dyn Fn() + Send + Sync>,
    began: Instant,
    /// Milliseconds since it began.
    open_until: AtomicU64,
    under_way: AtomicUsize,
}

/// A thread that asks a server; it ends with this.
pub struct Lane(Arc<Shared>);

impl fmt::Debug for Lane {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Lane")
    }
}

impl Lane {
    /// Starts the thread. `on_answers`: called by it when there are answers where there were none.
    pub fn start(options: Options, on_answers: Box<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let (asks, place) = (Vec::new(), None);
        let shared = Arc::new(Shared {
            options,
            waker: Waker::new()?,
            queue: Mutex::new(Queue {
                asks,
                place,
                generation: 0,
                is_stopped: false,
                is_up: false,
                is_asleep: false,
                has_ended: false,
            }),
            ended: Condvar::new(),
            answers: Mutex::default(),
            on_answers,
            began: Instant::now(),
            open_until: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
        });
        let its = Arc::clone(&shared);
        thread::Builder::new().name(THREAD_NAME.into()).spawn(move || run(&its))?;
        Ok(Self(shared))
    }

    /// Connects, for ever again; none: ends its connection.
    pub fn lead_to(&self, place: Option<SocketAddr>) {
        let mut queue = self.0.queue();
        queue.place = place;
        queue.generation += 1;
        queue.is_up = false;
        drop(queue);
        self.0.waker.wake();
    }

    /// How it stands.
    pub fn state(&self) -> State {
        if !self.0.queue().is_up {
            return State::Down;
        }
        if self.0.passed_ms() < self.0.open_until.load(Ordering::Relaxed) { State::Open } else { State::Up }
    }

    /// Questions without a reply, however late.
    pub fn under_way(&self) -> usize {
        self.0.under_way.load(Ordering::Relaxed)
    }

    /// Asks what is one record of `asks`. False: it cannot now, and nothing of it was taken.
    pub fn ask(&self, record: &[u8]) -> bool {
        let mut queue = self.0.queue();
        if !queue.is_up || queue.asks.len() + record.len() + 4 > self.0.options.ask_bytes_max {
            return false;
        }
        queue.asks.extend((record.len() as u32).to_le_bytes());
        queue.asks.extend(record);
        let is_asleep = std::mem::take(&mut queue.is_asleep);
        drop(queue);
        if is_asleep {
            self.0.waker.wake();
        }
        true
    }

    /// Moves the first answers out, whole records; gives their bytes. 0: there are none.
    pub fn take_answers(&self, into: &mut [u8]) -> usize {
        let mut answers = lock(&self.0.answers);
        let count = whole(&answers, into.len());
        into[..count].copy_from_slice(&answers[..count]);
        answers.drain(..count);
        count
    }

    /// Ends the thread. What was given back is written first, where there is a connection.
    pub fn stop(&self) {
        let mut queue = self.0.queue();
        queue.is_stopped = true;
        self.0.waker.wake();
        if queue.is_up {
            let waited = self.0.ended.wait_timeout_while(queue, STOP_MAX, |queue| !queue.has_ended);
            drop(waited);
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.0.queue().is_stopped = true;
        self.0.waker.wake();
    }
}

impl Shared {
    pub fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    /// Moves answers to where the main thread takes them, and tells how the rounds stand, first.
    pub fn tell(&self, rounds: &Rounds<'_>, answers: &mut Vec<u8>) {
        self.under_way.store(rounds.under_way(), Ordering::Relaxed);
        let until = rounds.open_until().map_or(0, |at| at.saturating_duration_since(self.began).as_millis() as u64);
        self.open_until.store(until, Ordering::Relaxed);
        if answers.is_empty() {
            return;
        }
        let mut all = lock(&self.answers);
        let were_none = all.is_empty();
        all.append(answers);
        drop(all);
        if were_none {
            (self.on_answers)();
        }
    }

    fn passed_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// Waits until there is somewhere to connect to; none: it is to end.
    fn next_place(&self) -> Option<(SocketAddr, u64)> {
        loop {
            let queue = self.queue();
            if queue.is_stopped {
                return None;
            }
            if let Some(place) = queue.place {
                return Some((place, queue.generation));
            }
            drop(queue);
            self.waker.wait(None);
        }
    }

    /// What was asked and not sent has no answer either.
    fn end_link(&self, rounds: &mut Rounds<'_>) {
        let mut queue = self.queue();
        queue.is_up = false;
        let asked = std::mem::take(&mut queue.asks);
        drop(queue);
        let (now, mut answers) = (Instant::now(), Vec::new());
        let _ = rounds.ask(&asked, now, &mut Vec::new());
        rounds.fail_all(now, &mut answers);
        self.tell(rounds, &mut answers);
    }
}

fn run(shared: &Shared) {
    let mut tries = 0;
    while let Some((place, generation)) = shared.next_place() {
        let mut rounds = Rounds::new(&shared.options.terms);
        let served = catch_unwind(AssertUnwindSafe(|| serve(shared, &mut rounds, place, generation)));
        // Where a fault of this code ended it, it is as if the connection had.
        let end = served.unwrap_or(End::Fault { was_up: false });
        shared.end_link(&mut rounds);
        if let End::Fault { was_up } = end {
            tries = if was_up { 1 } else { tries + 1 };
            shared.waker.wait(Some(RETRY_MAX.min(RETRY_STEP * tries)));
        }
    }
    shared.queue().has_ended = true;
    shared.ended.notify_all();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
