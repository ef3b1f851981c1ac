//! Places for connections: so many in all, and so many from one address.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Who is at the other end, as far as an address tells: an IPv4 address, or a /64 of IPv6 (RFC 4291 clause 2.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin(u64);

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Origin(u64::from(u32::from(v4))),
            // No /64 of unicast addresses begins with 32 zero bits, but that of ::1.
            IpAddr::V6(v6) => Origin((u128::from(v6) >> 64) as u64),
        }
    }
}

struct Taken {
    all: u32,
    by_origin: HashMap<Origin, u32>,
}

/// The places of one kind.
pub struct Places {
    max: u32,
    max_per_origin: u32,
    taken: Mutex<Taken>,
}

/// One place; it is free again when this is dropped.
pub struct Place {
    places: Arc<Places>,
    origin: Origin,
}

/// Why there is no place.
#[derive(Debug, PartialEq, Eq)]
pub enum Full {
    /// None at all.
    All,
    /// None for this address.
    Origin,
}

impl Places {
    /// `max` in all, `max_per_origin` of one address.
    pub fn new(max: u32, max_per_origin: u32) -> Arc<Self> {
        Arc::new(Self { max, max_per_origin, taken: Mutex::new(Taken { all: 0, by_origin: HashMap::new() }) })
    }

    /// Takes one.
    pub fn take(self: &Arc<Self>, origin: Origin) -> Result<Place, Full> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.max {
            return Err(Full::All);
        }
        let of_origin = taken.by_origin.entry(origin).or_insert(0);
        if *of_origin >= self.max_per_origin {
            return Err(Full::Origin);
        }
        *of_origin += 1;
        taken.all += 1;
        Ok(Place { places: Arc::clone(self), origin })
    }

    /// How many are taken.
    pub fn taken(&self) -> u32 {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Entry::Occupied(mut entry) = taken.by_origin.entry(self.origin) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, Origin, Places};
    use std::net::IpAddr;

    fn origin(address: &str) -> Origin {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn one_address_has_its_share_and_gives_it_back() {
        let places = Places::new(3, 2);
        let held = [places.take(origin("10.0.0.1")).unwrap(), places.take(origin("::ffff:10.0.0.1")).unwrap()];
        assert_eq!(places.take(origin("10.0.0.1")).err(), Some(Full::Origin));
        let other = places.take(origin("2001:db8::1")).unwrap();
        assert_eq!(places.take(origin("10.0.0.2")).err(), Some(Full::All));
        drop(held);
        let _more = places.take(origin("2001:db8::ffff:1")).unwrap();
        assert_eq!(places.take(origin("2001:db8::2")).err(), Some(Full::Origin));
        drop(other);
        assert_eq!(places.taken(), 1);
    }
}
