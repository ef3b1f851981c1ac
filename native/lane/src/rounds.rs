//! Questions that were sent together, what came back, and what that means: the same as `gateway/cluster/store/store.ts` and
//! `taking.ts` say of it. Nothing here reads a clock or a socket.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::answers::{Event, Showing, write_event, write_taken};
use crate::asks::{self, Ask, Torn, Wanted};
use crate::marks::{Algorithm, Mark, hex, is_mark};
use crate::resp::{NoReply, Reply, write_command};

/// Where the value is still that tap's.
const DELETE_OWN: &[u8] = b"if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0";

/// What is asked for, and how long it is waited for.
#[derive(Debug)]
pub struct Terms {
    /// Names of showings begin with it.
    pub showing_prefix: String,
    /// The first is the one that is written; the others are known as well.
    pub algorithms: Vec<Algorithm>,
    /// A name is kept for so much longer than the showing.
    pub clocks_apart_ms: u64,
    /// From a write until its answers.
    pub deadline: Duration,
    /// Writes in a row without any answer after which nothing is asked for a while.
    pub breaker_failures: u32,
    /// That while.
    pub breaker_open: Duration,
}

#[derive(Debug)]
struct Round {
    /// Replies to what nobody waits for; they come first.
    told: usize,
    /// Of each question, by each algorithm.
    marks: Vec<Mark>,
    /// Numbers, and how many questions each has.
    askers: Vec<(u32, usize)>,
    showings: Vec<Showing>,
    replied: usize,
    errors: usize,
    sent_at: Instant,
    is_over: bool,
}

/// All that was sent on one connection, and the breaker.
#[derive(Debug)]
pub struct Rounds<'t> {
    terms: &'t Terms,
    sent: VecDeque<Round>,
    unanswered: u32,
    open_until: Option<Instant>,
}

impl<'t> Rounds<'t> {
    /// Nothing was sent yet.
    pub fn new(terms: &'t Terms) -> Self {
        Self { terms, sent: VecDeque::new(), unanswered: 0, open_until: None }
    }

    /// Writes what was asked as one round.
    pub fn ask(&mut self, asked: &[u8], now: Instant, out: &mut Vec<u8>) -> Result<(), Torn> {
        let mut round = Round::new(now);
        let mut takes = Vec::new();
        let read = asks::read(asked, |ask| match ask {
            Ask::GiveBack(wanted) => {
                let mark = Mark::of(&wanted, self.terms.algorithms[0]);
                write_command(out, &[b"eval", DELETE_OWN, b"1", &self.key(&wanted), mark.text()]);
                round.told += 1;
            }
            Ask::Take(number, all) => {
                round.askers.push((number, all.len()));
                for wanted in &all {
                    self.take(wanted, &mut round, &mut takes);
                }
            }
        });
        out.append(&mut takes);
        round.showings.resize(round.questions(), Showing::NoAnswer);
        // What was read before something torn is answered as well.
        self.sent.push_back(round);
        read
    }

    /// The next reply, of which replies come in the order of questions.
    pub fn replied(&mut self, reply: &Reply<'_>, now: Instant, answers: &mut Vec<u8>) -> Result<(), NoReply> {
        let (kinds, terms) = (self.terms.algorithms.len(), self.terms);
        while self.sent.front().is_some_and(Round::is_done) {
            self.sent.pop_front();
        }
        let round = self.sent.front_mut().ok_or(NoReply("it replies to what was not asked"))?;
        if round.told > 0 {
            round.told -= 1;
        } else {
            let at = round.replied;
            round.replied += 1;
            if !round.is_over {
                let marks = &round.marks[at * kinds..][..kinds];
                match showing(reply, marks) {
                    Some(showing) => {
                        round.showings[at] = showing;
                        self.unanswered = 0;
                        self.open_until = None;
                    }
                    None => round.errors += 1,
                }
            }
        }
        if round.is_done() && !round.is_over {
            let answered = round.replied - round.errors;
            if answered > 0 {
                let elapsed = now.saturating_duration_since(round.sent_at);
                write_event(answers, Event::Answered, answered as u32, elapsed.as_secs_f64() * 1e3);
            }
            let missed = round.end(answered, answers);
            self.count(missed, terms, now);
        }
        Ok(())
    }

    /// Ends the rounds whose deadline has passed.
    pub fn end_late(&mut self, now: Instant, answers: &mut Vec<u8>) {
        for at in 0..self.sent.len() {
            let round = &mut self.sent[at];
            if round.is_over || round.is_done() {
                continue;
            }
            if now < round.sent_at + self.terms.deadline {
                break;
            }
            let open = round.questions() - round.replied;
            if open > 0 {
                write_event(answers, Event::Late, open as u32, 0.0);
            }
            let answered = round.replied - round.errors;
            let missed = round.end(answered, answers);
            self.count(missed, self.terms, now);
        }
    }

    /// The connection is over: nothing more comes.
    pub fn fail_all(&mut self, now: Instant, answers: &mut Vec<u8>) {
        while let Some(mut round) = self.sent.pop_front() {
            if round.is_over || round.is_done() {
                continue;
            }
            let answered = round.replied - round.errors;
            round.errors = round.questions() - answered;
            let missed = round.end(answered, answers);
            self.count(missed, self.terms, now);
        }
    }

    /// The earliest deadline.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting().map(|round| round.sent_at + self.terms.deadline)
    }

    /// When the last round was sent whose answers are waited for.
    pub fn last_sent_at(&self) -> Option<Instant> {
        self.waiting()?;
        self.sent.back().map(|round| round.sent_at)
    }

    /// When the oldest was sent that has no reply, however late.
    pub fn oldest_sent_at(&self) -> Option<Instant> {
        self.sent.iter().find(|round| !round.is_done()).map(|round| round.sent_at)
    }

    /// Questions without a reply, however late.
    pub fn under_way(&self) -> usize {
        self.sent.iter().map(|round| round.questions() - round.replied).sum()
    }

    /// Nothing is to be asked before that.
    pub fn open_until(&self) -> Option<Instant> {
        self.open_until
    }

    fn waiting(&self) -> Option<&Round> {
        self.sent.iter().find(|round| !round.is_over && !round.is_done())
    }

    fn take(&self, wanted: &Wanted<'_>, round: &mut Round, out: &mut Vec<u8>) {
        let first = round.marks.len();
        round.marks.extend(self.terms.algorithms.iter().map(|&algorithm| Mark::of(wanted, algorithm)));
        let left = (wanted.left_ms + self.terms.clocks_apart_ms).to_string();
        let mark = round.marks[first];
        write_command(out, &[b"set", &self.key(wanted), mark.text(), b"NX", b"GET", b"PX", left.as_bytes()]);
    }

    fn key(&self, wanted: &Wanted<'_>) -> Vec<u8> {
        let prefix = self.terms.showing_prefix.as_bytes();
        prefix.iter().copied().chain(wanted.name.iter().copied().flat_map(hex)).collect()
    }

    fn count(&mut self, missed: bool, terms: &Terms, now: Instant) {
        if !missed {
            return;
        }
        self.unanswered = self.unanswered.saturating_add(1);
        if self.unanswered >= terms.breaker_failures {
            self.open_until = Some(now + terms.breaker_open);
        }
    }
}

impl Round {
    fn new(sent_at: Instant) -> Self {
        let (marks, askers, showings) = (Vec::new(), Vec::new(), Vec::new());
        Self { told: 0, marks, askers, showings, replied: 0, errors: 0, sent_at, is_over: false }
    }

    fn questions(&self) -> usize {
        self.askers.iter().map(|&(_, count)| count).sum()
    }

    fn is_done(&self) -> bool {
        self.told == 0 && self.replied == self.questions()
    }

    /// Whether it had no answer at all.
    fn end(&mut self, answered: usize, answers: &mut Vec<u8>) -> bool {
        self.is_over = true;
        if self.errors > 0 {
            write_event(answers, Event::Failed, self.errors as u32, 0.0);
        }
        let mut from = 0;
        for &(number, count) in &self.askers {
            write_taken(answers, number, &self.showings[from..from + count]);
            from += count;
        }
        answered == 0 && !self.askers.is_empty()
    }
}

/// None: an error. What is no mark is no answer: it never counts as first.
fn showing(reply: &Reply<'_>, marks: &[Mark]) -> Option<Showing> {
    Some(match reply {
        Reply::Null => Showing::First,
        Reply::Bulk(text) | Reply::Simple(text) if is_mark(text) => {
            if marks.iter().any(|mark| mark.text() == *text) {
                Showing::Same
            } else {
                Showing::Seen
            }
        }
        Reply::Bulk(_) | Reply::Simple(_) | Reply::Integer(_) => Showing::NoAnswer,
        Reply::Error(_) => return None,
    })
}
