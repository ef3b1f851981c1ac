//! A back-end that passed its known-answer test, with its prepared keys: sorts a batch by curve and kind of key.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::backend::{BACKENDS, Backend};
use crate::curve::{CurveId, P256, Sm2};
use crate::known_answers;
use crate::packed::PackedPoint;
use crate::prepared_keys::{PreparedKey, PreparedKeys};
use crate::public_key::{COMPRESSED_BYTES, decompress_all};
use crate::repeated_keys::{Name, REPEATED_KEYS_MAX, RepeatedKeys, Table};
use crate::sm2_digest::{Message, digests};
use crate::sm3::DIGEST_BYTES;
use crate::sm3_batch::{self, KEY_BYTES, Keyed};
use crate::task::{Job, REPEATED, Task, coordinates, ecdsa_tasks, sm2_task};

/// The signature engine.
pub struct Engine {
    backend: Box<dyn Backend>,
    keys: RwLock<PreparedKeys>,
    repeated: RwLock<RepeatedKeys>,
}

/// Tables of repeated keys that one batch makes at the most: a batch never takes much longer for keys that are new.
const TABLES_PER_BATCH: usize = 8;

/// What became of a key to prepare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// Kept: its handle, never 0.
    Handle(u32),
    /// Not a point of the curve.
    Invalid,
    /// Every slot is taken.
    Full,
}

impl Engine {
    /// Starts the back-end of a name, or says why not: unknown, unavailable here, or failing its known-answer test.
    pub fn start(name: &str) -> Result<Self, String> {
        let number = BACKENDS.iter().position(|(known, _)| *known == name);
        let number = number.ok_or_else(|| format!("there is no back-end named {name:?}"))?;
        let (_, construct) = BACKENDS[number];
        let backend = construct().map_err(|reason| format!("{name}: {reason}"))?;
        let keys = RwLock::new(PreparedKeys::new(number as u32));
        let repeated = RwLock::new(RepeatedKeys::new(REPEATED_KEYS_MAX));
        let engine = Self { backend, keys, repeated };
        known_answers::check(&engine).map_err(|failure| format!("{name}: known-answer test failed: {failure}"))?;
        Ok(engine)
    }

    /// The back-end's name.
    pub fn name(&self) -> &'static str {
        self.backend.name()
    }

    /// Verifies a batch: one verdict a job, in order, each for itself.
    pub fn verify(&self, jobs: &[Job<'_>]) -> Vec<bool> {
        let mut verdicts = vec![false; jobs.len()];
        for curve in CurveId::ALL {
            let of_curve: Vec<usize> = (0..jobs.len()).filter(|&i| jobs[i].curve == curve).collect();
            if !of_curve.is_empty() {
                self.verify_curve(curve, jobs, &of_curve, &mut verdicts);
            }
        }
        verdicts
    }

    /// What each SM2 signature is made over, for `Job::digest`. Panics on an ID that is too long.
    pub fn sm2_digests(&self, messages: &[Message<'_>]) -> Vec<[u8; DIGEST_BYTES]> {
        digests(&*self.backend, messages)
    }

    /// HMAC-SM3 of each message, in order. Panics on a key that is not there.
    pub fn hmac_sm3(&self, keys: &[[u8; KEY_BYTES]], messages: &[Keyed<'_>]) -> Vec<[u8; DIGEST_BYTES]> {
        sm3_batch::keyed(&*self.backend, keys, messages)
    }

    /// SM3 of one byte and each part, in order.
    pub fn sm3_prefixed(&self, prefix: u8, parts: &[&[u8]]) -> Vec<[u8; DIGEST_BYTES]> {
        sm3_batch::prefixed(&*self.backend, prefix, parts)
    }

    /// X ‖ Y of each compressed point, or nothing where there is no such point.
    pub fn decompress(&self, points: &[(CurveId, &[u8; COMPRESSED_BYTES])]) -> Vec<Option<[u8; 64]>> {
        let mut keys = vec![None; points.len()];
        for curve in CurveId::ALL {
            let of_curve: Vec<usize> = (0..points.len()).filter(|&i| points[i].0 == curve).collect();
            let compressed: Vec<_> = of_curve.iter().map(|&i| points[i].1).collect();
            for (i, key) in of_curve.into_iter().zip(decompress_all(&*self.backend, curve, &compressed)) {
                keys[i] = key;
            }
        }
        keys
    }

    /// Prepares a key, or finds it prepared. Ends with `release`.
    pub fn prepare(&self, curve: CurveId, key: &[u8; 64]) -> Prepared {
        if let Some(handle) = self.write_keys().share(curve, key) {
            return Prepared::Handle(handle);
        }
        // The comb takes milliseconds: made without the lock.
        let Some(comb) = self.backend.comb(curve, &coordinates(key)) else { return Prepared::Invalid };
        let mut keys = self.write_keys();
        let shared = keys.share(curve, key);
        shared.or_else(|| keys.insert(PreparedKey { curve, key: *key, comb })).map_or(Prepared::Full, Prepared::Handle)
    }

    /// Ends one use of a prepared key. Whether the handle was good.
    pub fn release(&self, handle: u32) -> bool {
        self.write_keys().release(handle)
    }

    /// Keys prepared now.
    pub fn prepared_count(&self) -> usize {
        self.read_keys().len()
    }

    fn verify_curve(&self, curve: CurveId, jobs: &[Job<'_>], of_curve: &[usize], verdicts: &mut [bool]) {
        let mut plain = (Vec::new(), Vec::new());
        let mut prepared = (Vec::new(), Vec::new());
        let mut repeated = (Vec::new(), Vec::new());
        let (mut keys, mut tables) = (Vec::new(), Vec::new());
        let known = self.repeated_tables(curve, jobs, of_curve);
        for ((&index, task), table) in of_curve.iter().zip(tasks(curve, jobs, of_curve)).zip(known) {
            let Some(task) = task else { continue };
            let group = if let Some(table) = table {
                tables.push(table);
                &mut repeated
            } else if let Some(key) = self.prepared_key(&jobs[index]) {
                keys.push(key);
                &mut prepared
            } else {
                &mut plain
            };
            group.0.push(index);
            group.1.push(task);
        }
        let mut decided = vec![false; of_curve.len()];
        if !plain.1.is_empty() {
            self.backend.verify_plain(curve, &plain.1, &mut decided[..plain.1.len()]);
            spread(&plain.0, &decided, verdicts);
        }
        if !prepared.1.is_empty() {
            let combs: Vec<&[PackedPoint]> = keys.iter().map(|key| &*key.comb).collect();
            self.backend.verify_prepared(curve, &prepared.1, &combs, &mut decided[..prepared.1.len()]);
            spread(&prepared.0, &decided, verdicts);
        }
        if !repeated.1.is_empty() {
            let tables: Vec<&[PackedPoint]> = tables.iter().map(|table| &**table).collect();
            self.backend.verify_repeated(curve, &repeated.1, &tables, &mut decided[..repeated.1.len()]);
            spread(&repeated.0, &decided, verdicts);
        }
    }

    /// The tables of the jobs whose keys are repeated ones. Some of those that are missing are made, all together.
    fn repeated_tables(&self, curve: CurveId, jobs: &[Job<'_>], of_curve: &[usize]) -> Vec<Option<Table>> {
        let mut tables = vec![None; of_curve.len()];
        let mut missing: Vec<Name> = Vec::new();
        let name = |index: usize| -> Name { (curve, *jobs[index].key) };
        let wanted: Vec<usize> = (0..of_curve.len()).filter(|&i| jobs[of_curve[i]].prepared == REPEATED).collect();
        {
            let kept = self.read_repeated();
            for &i in &wanted {
                tables[i] = kept.get(&name(of_curve[i]));
                if tables[i].is_none() && missing.len() < TABLES_PER_BATCH && !missing.contains(&name(of_curve[i])) {
                    missing.push(name(of_curve[i]));
                }
            }
        }
        if missing.is_empty() {
            return tables;
        }
        missing.truncate(self.write_repeated().make_room(missing.len()));
        let keys: Vec<_> = missing.iter().map(|(_, key)| coordinates(key)).collect();
        // Made without the lock.
        let made = self.backend.repeated_tables(curve, &keys);
        for (name, table) in missing.into_iter().zip(made) {
            if let Some(table) = table {
                self.write_repeated().insert(name, &table);
            }
        }
        let kept = self.read_repeated();
        for &i in &wanted {
            tables[i] = tables[i].take().or_else(|| kept.get(&name(of_curve[i])));
        }
        tables
    }

    /// The job's prepared key, if its handle is good and names the very key of the job. The handle is a hint: a stale
    /// or wrong one costs time and never changes a verdict.
    fn prepared_key(&self, job: &Job<'_>) -> Option<Arc<PreparedKey>> {
        if job.prepared == 0 {
            return None;
        }
        let keys = self.read_keys();
        let key = keys.get(job.prepared)?;
        (key.curve == job.curve && key.key == *job.key).then(|| Arc::clone(key))
    }

    // The stores are consistent between any two of their calls, so a panic elsewhere does not spoil them.
    fn read_repeated(&self) -> RwLockReadGuard<'_, RepeatedKeys> {
        self.repeated.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_repeated(&self) -> RwLockWriteGuard<'_, RepeatedKeys> {
        self.repeated.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_keys(&self) -> RwLockReadGuard<'_, PreparedKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_keys(&self) -> RwLockWriteGuard<'_, PreparedKeys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tasks(curve: CurveId, jobs: &[Job<'_>], of_curve: &[usize]) -> Vec<Option<Task>> {
    let chosen = of_curve.iter().map(|&i| jobs[i]);
    match curve {
        CurveId::Sm2 => chosen.map(|job| sm2_task::<Sm2>(&job)).collect(),
        CurveId::P256 => ecdsa_tasks::<P256>(&chosen.collect::<Vec<_>>()),
    }
}

fn spread(indices: &[usize], decided: &[bool], verdicts: &mut [bool]) {
    for (&index, &verdict) in indices.iter().zip(decided) {
        verdicts[index] = verdict;
    }
}
