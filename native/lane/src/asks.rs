//! What the main thread asks, as bytes: records of `gateway/cluster/store-thread/ask-records.ts`, each behind its length in four
//! bytes. Numbers are little-endian.

/// Bytes of the name of a showing.
pub const NAME_BYTES: usize = 16;
const TAKE: u8 = 1;
const GIVE_BACK: u8 = 2;
/// Largest whole number that every f64 below it can tell from its neighbours, as in JavaScript.
const SAFE_MAX: f64 = 9_007_199_254_740_991.0;

/// One that would take a showing, or did.
#[derive(Debug, PartialEq)]
pub struct Wanted<'a> {
    /// Of the showing.
    pub name: &'a [u8; NAME_BYTES],
    /// How long it could be shown again, milliseconds.
    pub left_ms: u64,
    /// Of the tap.
    pub device_id: &'a [u8],
    /// Of the tap.
    pub stream: &'a [u8],
    /// Of the tap.
    pub seq: u64,
}

/// What is asked.
#[derive(Debug, PartialEq)]
pub enum Ask<'a> {
    /// Answered under its number, all together.
    Take(u32, Vec<Wanted<'a>>),
    /// Deletes a showing that is its own still. Nobody waits for it.
    GiveBack(Wanted<'a>),
}

/// Records that do not fit together.
#[derive(Debug, PartialEq)]
pub struct Torn;

/// Reads all that was asked, in order.
pub fn read(mut bytes: &[u8], mut on_ask: impl FnMut(Ask<'_>)) -> Result<(), Torn> {
    while !bytes.is_empty() {
        let length = u32::from_le_bytes(array(take(&mut bytes, 4)?)) as usize;
        on_ask(record(take(&mut bytes, length)?)?);
    }
    Ok(())
}

fn record(mut bytes: &[u8]) -> Result<Ask<'_>, Torn> {
    let head: [u8; 8] = array(take(&mut bytes, 8)?);
    let count = u16::from_le_bytes([head[2], head[3]]);
    let number = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let ask = match head[0] {
        TAKE => Ask::Take(number, (0..count).map(|_| wanted(&mut bytes)).collect::<Result<_, _>>()?),
        GIVE_BACK => Ask::GiveBack(wanted(&mut bytes)?),
        _ => return Err(Torn),
    };
    if bytes.is_empty() { Ok(ask) } else { Err(Torn) }
}

/// One name, and no card.
fn wanted<'a>(bytes: &mut &'a [u8]) -> Result<Wanted<'a>, Torn> {
    if take(bytes, 2)? != [1, 0] {
        return Err(Torn);
    }
    let left = f64::from_le_bytes(array(take(bytes, 8)?));
    let seq = f64::from_le_bytes(array(take(bytes, 8)?));
    if seq.fract() != 0.0 || !(0.0..=SAFE_MAX).contains(&seq) || !left.is_finite() {
        return Err(Torn);
    }
    let name = take(bytes, NAME_BYTES)?.try_into().map_err(|_| Torn)?;
    let (device_id, stream) = (text(bytes)?, text(bytes)?);
    Ok(Wanted { name, left_ms: left.ceil().clamp(1.0, SAFE_MAX) as u64, device_id, stream, seq: seq as u64 })
}

fn text<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Torn> {
    let length = u16::from_le_bytes(array(take(bytes, 2)?));
    take(bytes, length.into())
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], Torn> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(Torn)?;
    *bytes = rest;
    Ok(taken)
}

/// Of a slice that has as many.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    core::array::from_fn(|i| bytes[i])
}
