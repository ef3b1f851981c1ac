//! The bounded store of prepared keys: combs by handle, shared by all threads and counted by use.

use std::sync::Arc;

use crate::curve::CurveId;
use crate::packed::PackedPoint;

/// Most keys kept, at 256 KiB each: issuers and authorities are few.
pub const PREPARED_KEYS_MAX: usize = 64;

/// Bits of a handle that name the slot, and above them those that name the store; the rest tell the successive tenants
/// of a slot apart.
const SLOT_BITS: u32 = 8;
const STORE_BITS: u32 = 2;

/// A prepared key.
#[derive(Debug)]
pub struct PreparedKey {
    /// The key's curve.
    pub curve: CurveId,
    /// X ‖ Y.
    pub key: [u8; 64],
    /// Its comb, in the form of the engine's back-end.
    pub comb: Box<[PackedPoint]>,
}

#[derive(Debug, Default)]
struct Slot {
    tenant: u32,
    users: u32,
    key: Option<Arc<PreparedKey>>,
}

/// Combs by handle.
#[derive(Debug)]
pub struct PreparedKeys {
    store: u32,
    slots: Vec<Slot>,
}

impl PreparedKeys {
    /// An empty store. Stores of different numbers, below 4, never know each other's handles.
    pub fn new(store: u32) -> Self {
        assert!(store < 1 << STORE_BITS);
        Self { store, slots: (0..PREPARED_KEYS_MAX).map(|_| Slot::default()).collect() }
    }

    /// The key of a handle, unless it was released.
    pub fn get(&self, handle: u32) -> Option<&Arc<PreparedKey>> {
        self.slot(handle).and_then(|slot| self.slots[slot].key.as_ref())
    }

    /// One more user of a key that is here already: its handle.
    pub fn share(&mut self, curve: CurveId, key: &[u8; 64]) -> Option<u32> {
        let is_it = |slot: &Slot| slot.key.as_ref().is_some_and(|kept| kept.curve == curve && kept.key == *key);
        let index = self.slots.iter().position(is_it)?;
        self.slots[index].users += 1;
        Some(self.handle(index))
    }

    /// Keeps a key and gives its handle, or nothing when every slot is taken.
    pub fn insert(&mut self, key: PreparedKey) -> Option<u32> {
        let index = self.slots.iter().position(|slot| slot.key.is_none())?;
        let slot = &mut self.slots[index];
        slot.tenant = slot.tenant.wrapping_add(1);
        slot.users = 1;
        slot.key = Some(Arc::new(key));
        Some(self.handle(index))
    }

    /// Ends one use; the last one frees the slot. Whether the handle was good.
    pub fn release(&mut self, handle: u32) -> bool {
        let Some(index) = self.slot(handle) else { return false };
        let slot = &mut self.slots[index];
        slot.users -= 1;
        if slot.users == 0 {
            slot.key = None;
        }
        true
    }

    /// Keys kept.
    pub fn len(&self) -> usize {
        self.slots.iter().filter(|slot| slot.key.is_some()).count()
    }

    /// Whether no key is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Slots count from 1 in a handle, so that 0 is none.
    fn handle(&self, index: usize) -> u32 {
        (self.slots[index].tenant << STORE_BITS | self.store) << SLOT_BITS | (index as u32 + 1)
    }

    fn slot(&self, handle: u32) -> Option<usize> {
        let index = (handle & ((1 << SLOT_BITS) - 1)).checked_sub(1)? as usize;
        let slot = self.slots.get(index)?;
        (slot.key.is_some() && self.handle(index) == handle).then_some(index)
    }
}

const _: () = assert!(PREPARED_KEYS_MAX < 1 << SLOT_BITS);
