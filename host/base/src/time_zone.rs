//! Names of time zones.

use jiff::tz::TimeZone;

/// What the database of time zones has beside the zones of places: stand-ins for a zone that nobody has chosen.
const STAND_INS: [&str; 4] = ["Factory", "Etc/Unknown", "localtime", "posixrules"];

/// Whether a time zone that somebody names can be taken: it is in the IANA database, and is no stand-in.
pub fn is_time_zone(name: &str) -> bool {
    let mut stand_ins = STAND_INS.iter();
    !stand_ins.any(|one| one.eq_ignore_ascii_case(name)) && TimeZone::get(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_a_place_or_an_offset() {
        for good in ["Europe/Brussels", "europe/brussels", "UTC", "Etc/GMT+5"] {
            assert!(is_time_zone(good), "{good}");
        }
        for bad in ["", "Factory", "factory", "Etc/Unknown", "Europe/Nowhere"] {
            assert!(!is_time_zone(bad), "{bad}");
        }
    }
}
