//! Values as few rows keep them in memory: as short as they are.

use std::io::Write;

use super::value::View;
use crate::time::Timestamp;

const MISSING: u8 = 0;
const NO_MOMENT: u8 = 1;
const FALSE: u8 = 2;
const TRUE: u8 = 3;
const FLOAT: u8 = 4;
const HUNDREDTHS: u8 = 5;
const INTEGER: u8 = 6;
const MOMENT: u8 = 7;
const LONG_TEXT: u8 = 8;
/// A text of less than 128 bytes; the other bits are its length.
const TEXT: u8 = 0x80;

/// Floats that are whole hundredths below this are kept as those: most amounts of money are.
const MOST_HUNDREDTHS: f64 = (1_u64 << 41) as f64;

/// Appends a value to what has room; `None` where there is too little.
///
/// ```text
/// value   00 the schema lacks the field │ 01 no moment │ 02 false │ 03 true │ 04 float, bits u64
///         05 hundredths │ 06 integer │ 07 moment, microseconds: each as a varint, zigzag │ 08 text, length u32, UTF-8
///         80 + length of a text of less than 128 bytes, UTF-8
/// ```
///
/// Numbers of fixed length are little endian.
pub(super) fn write(value: View<'_>, out: &mut &mut [u8]) -> Option<()> {
    let mut push = |bytes: &[u8]| out.write_all(bytes).ok();
    match value {
        View::Missing => push(&[MISSING]),
        View::Time(None) => push(&[NO_MOMENT]),
        View::Boolean(truth) => push(&[if truth { TRUE } else { FALSE }]),
        View::Float(number) => match hundredths(number) {
            Some(whole) => push(&[HUNDREDTHS]).and_then(|()| write_integer(whole, out)),
            None => push(&[FLOAT]).and_then(|()| out.write_all(&number.to_le_bytes()).ok()),
        },
        View::Integer(integer) => push(&[INTEGER]).and_then(|()| write_integer(integer, out)),
        View::Time(Some(moment)) => {
            push(&[MOMENT]).and_then(|()| write_integer(moment.as_micros(), out))
        }
        View::Text(text) if text.len() < usize::from(TEXT) => {
            push(&[TEXT | text.len() as u8]).and_then(|()| out.write_all(text.as_bytes()).ok())
        }
        View::Text(text) => {
            let [a, b, c, d] = u32::try_from(text.len()).ok()?.to_le_bytes();
            push(&[LONG_TEXT, a, b, c, d]).and_then(|()| out.write_all(text.as_bytes()).ok())
        }
    }
}

/// Takes the first value off some; `None` where there is none.
pub(super) fn read<'r>(bytes: &mut &'r [u8]) -> Option<View<'r>> {
    let (&tag, rest) = bytes.split_first()?;
    *bytes = rest;
    let text = |length: usize, bytes: &mut &'r [u8]| {
        let (text, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        std::str::from_utf8(text).ok().map(View::Text)
    };
    Some(match tag {
        MISSING => View::Missing,
        NO_MOMENT => View::Time(None),
        FALSE => View::Boolean(false),
        TRUE => View::Boolean(true),
        FLOAT => {
            let (number, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            View::Float(f64::from_le_bytes(*number))
        }
        HUNDREDTHS => View::Float(read_integer(bytes)? as f64 / 100.0),
        INTEGER => View::Integer(read_integer(bytes)?),
        MOMENT => View::Time(Some(Timestamp::from_micros(read_integer(bytes)?))),
        LONG_TEXT => {
            let (length, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            text(u32::from_le_bytes(*length) as usize, bytes)?
        }
        TEXT.. => text(usize::from(tag ^ TEXT), bytes)?,
        _ => return None,
    })
}

/// A float as hundredths, where those are exactly the same float.
fn hundredths(number: f64) -> Option<i64> {
    let rounded = (number * 100.0).round();
    let whole = rounded as i64;
    let is_same = || (whole as f64 / 100.0).to_bits() == number.to_bits();
    (rounded.abs() < MOST_HUNDREDTHS && is_same()).then_some(whole)
}

/// Seven bits a byte, the lowest first; all but the last byte have the highest bit set. Small numbers of either sign are short.
fn write_integer(integer: i64, out: &mut &mut [u8]) -> Option<()> {
    let mut rest = ((integer << 1) ^ (integer >> 63)) as u64;
    loop {
        let low = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            return out.write_all(&[low]).ok();
        }
        out.write_all(&[low | 0x80]).ok()?;
    }
}

fn read_integer(bytes: &mut &[u8]) -> Option<i64> {
    let mut zigzag = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        zigzag |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: View<'_>) -> Vec<u8> {
        let mut bytes = [0; 300];
        let mut room = &mut bytes[..];
        write(value, &mut room).expect("there is room");
        let length = 300 - room.len();
        bytes[..length].to_vec()
    }

    #[track_caller]
    fn check(value: View<'_>, length: usize) {
        let bytes = written(value);
        assert_eq!(bytes.len(), length, "{value:?}");
        let mut rest = &bytes[..];
        let again = read(&mut rest).expect("a value");
        assert!(rest.is_empty());
        match (value, again) {
            (View::Float(one), View::Float(other)) => assert_eq!(one.to_bits(), other.to_bits()),
            _ => assert_eq!(again, value),
        }
        let mut small = vec![0; length - 1];
        assert_eq!(write(value, &mut &mut small[..]), None, "{value:?}");
    }

    #[test]
    fn values_take_as_little_room_as_they_can() {
        check(View::Missing, 1);
        check(View::Time(None), 1);
        check(View::Boolean(true), 1);
        check(View::Text(""), 1);
        check(View::Text("EUR"), 4);
        check(View::Text(&"x".repeat(127)), 128);
        check(View::Text(&"x".repeat(128)), 133);
        check(View::Integer(0), 2);
        check(View::Integer(-64), 2);
        check(View::Integer(i64::MIN), 11);
        check(View::Integer(i64::MAX), 11);
        check(View::Float(0.0), 2);
        check(View::Float(123.45), 4);
        check(View::Float(-0.0), 9);
        check(View::Float(1.0 / 3.0), 9);
        check(View::Float(f64::NAN), 9);
        check(View::Float(f64::INFINITY), 9);
        check(View::Float(1e300), 9);
        check(View::Time(Some(Timestamp::from_micros(-1))), 2);
        check(View::Time(Some(Timestamp::MAX)), 11);
    }

    proptest! {
        #[test]
        fn floats_are_read_back_to_the_bit(bits in any::<u64>(), hundredths in any::<i32>()) {
            for number in [f64::from_bits(bits), f64::from(hundredths) / 100.0] {
                let bytes = written(View::Float(number));
                let Some(View::Float(again)) = read(&mut &bytes[..]) else {
                    panic!("a float was written");
                };
                prop_assert_eq!(again.to_bits(), number.to_bits());
            }
        }
    }
}
