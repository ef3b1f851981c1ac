//! The bounded store of tables of keys that sign again and again: cards, of which there are many more than tables.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::curve::CurveId;
use crate::packed::PackedPoint;

/// Most tables kept, at 4 KiB each.
pub const REPEATED_KEYS_MAX: usize = 16_384;

/// A table that `Backend::repeated_tables` made.
pub type Table = Arc<[PackedPoint]>;

/// A key: its curve, and X ‖ Y.
pub type Name = (CurveId, [u8; 64]);

#[derive(Debug)]
struct Slot {
    name: Name,
    table: Table,
    /// Whether it was wanted since the hand last passed.
    used: AtomicBool,
}

/// Tables by key. When it is full, a hand goes round (second chance): a key that asks for a place gets the one under
/// the hand if nobody wanted that since the hand's last pass, and none otherwise. So more keys than places, one after
/// another, do not drive each other out at every turn.
#[derive(Debug)]
pub struct RepeatedKeys {
    places: HashMap<Name, usize>,
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    /// Memory of tables that gave way, for the next ones: given back one by one between others of a process it would stay
    /// with the allocator in pieces, as much again as the tables themselves.
    spare: Vec<Table>,
    hand: usize,
    most: usize,
}

impl RepeatedKeys {
    /// An empty store of at most `most` tables.
    pub fn new(most: usize) -> Self {
        Self { places: HashMap::new(), slots: Vec::new(), free: Vec::new(), spare: Vec::new(), hand: 0, most }
    }

    /// The table of a key.
    pub fn get(&self, name: &Name) -> Option<Table> {
        let slot = self.slots[*self.places.get(name)?].as_ref()?;
        slot.used.store(true, Ordering::Relaxed);
        Some(Arc::clone(&slot.table))
    }

    /// How many of so many keys get a place, which `insert` takes. When it is full the hand makes one step for each.
    pub fn make_room(&mut self, asked: usize) -> usize {
        let room = self.free.len() + self.most - self.slots.len();
        for _ in room..asked.min(self.slots.len()) {
            self.step();
        }
        asked.min(self.free.len() + self.most - self.slots.len())
    }

    /// Keeps a copy of a table if there is a place. A key that is here already keeps what it has.
    pub fn insert(&mut self, name: Name, table: &[PackedPoint]) {
        if self.places.contains_key(&name) {
            return;
        }
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.slots.len() < self.most => {
                self.slots.push(None);
                self.slots.len() - 1
            }
            None => return,
        };
        let table = self.copy_of(table);
        self.slots[place] = Some(Slot { name, table, used: AtomicBool::new(true) });
        self.places.insert(name, place);
    }

    /// Tables kept.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no table is kept.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// In memory of a table that gave way, unless a batch still uses that, or there is none.
    fn copy_of(&mut self, table: &[PackedPoint]) -> Table {
        if let Some(mut spare) = self.spare.pop()
            && let Some(memory) = Arc::get_mut(&mut spare)
            && memory.len() == table.len()
        {
            memory.copy_from_slice(table);
            return spare;
        }
        Arc::from(table)
    }

    fn step(&mut self) {
        let unused = self.slots[self.hand].take_if(|slot| !slot.used.swap(false, Ordering::Relaxed));
        if let Some(slot) = unused {
            self.places.remove(&slot.name);
            self.free.push(self.hand);
            self.spare.push(slot.table);
        }
        self.hand = (self.hand + 1) % self.slots.len();
    }
}
