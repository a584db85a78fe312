//! Moments as people read them: in the tenant's time zone, with UTC for programs.

use app::caller::Caller;
use axum::http::StatusCode;
use domain::time::Timestamp;
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::failure::Failure;
use crate::text::EN;

/// The time zone in which moments are shown.
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone that the caller chose, or else that of the caller's tenant.
    pub(crate) fn of(caller: &Caller) -> Self {
        let definitions = caller.definitions();
        let usual = definitions.tenant().map(|tenant| tenant.timezone.clone());
        let name = caller.preferences().timezone.or(usual);
        let zone = name.and_then(|name| TimeZone::get(&name).ok());
        Self(zone.unwrap_or(TimeZone::UTC))
    }

    /// When a day such as `2026-11-23` begins here, or one that is `later` days later.
    ///
    /// # Errors
    /// Where it is no day, or one that cannot be kept.
    pub(crate) fn day(&self, text: &str, later: i64) -> Result<Timestamp, NoMoment> {
        let day: jiff::civil::Date = text.parse().map_err(|_| NoMoment::Unreadable)?;
        let later = jiff::Span::new().try_days(later);
        let day = later.and_then(|later| day.checked_add(later));
        let begins = day.and_then(|day| day.to_zoned(self.0.clone()));
        let begins = begins.map_err(|_| NoMoment::OutOfRange)?.timestamp();
        Ok(Timestamp::from_micros(begins.as_microsecond()))
    }

    /// The name of the zone, such as `Europe/Brussels`.
    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// A moment, such as `2026-11-23 06:40 CET`.
    pub(crate) fn time(&self, at: Timestamp) -> Markup {
        let Some(zoned) = self.zoned(at) else {
            return html! { (at) };
        };
        let shown = zoned.strftime("%Y-%m-%d %H:%M %Z").to_string();
        html! { time datetime=(at) { (shown) } }
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        let moment = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
        Some(moment.to_zoned(self.0.clone()))
    }

    /// A moment as the field of a form has it: `2026-11-23T06:40`.
    pub(crate) fn in_field(&self, at: Timestamp) -> String {
        let shown = self
            .zoned(at)
            .map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string());
        shown.unwrap_or_default()
    }

    /// The moment in the field of a form, which showed `before`: what was left as it was keeps its seconds. None if the
    /// field is empty.
    ///
    /// # Errors
    /// Where it is no moment, or one that cannot be kept.
    pub(crate) fn read_field(
        &self,
        typed: &str,
        before: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, NoMoment> {
        let typed = typed.trim();
        if typed.is_empty() || before.is_some_and(|before| self.in_field(before) == typed) {
            return Ok(before.filter(|_| !typed.is_empty()));
        }
        let moment: DateTime = typed.parse().map_err(|_| NoMoment::Unreadable)?;
        let moment = moment.to_zoned(self.0.clone());
        let moment = moment.map_err(|_| NoMoment::OutOfRange)?;
        let micros = moment.timestamp().as_microsecond();
        Ok(Some(Timestamp::from_micros(micros)))
    }

    /// A moment as it is typed, such as `2026-11-23 06:40`: with seconds and offset where that alone would be another.
    pub(crate) fn typed(&self, at: Timestamp) -> String {
        let Ok(moment) = jiff::Timestamp::from_microsecond(at.as_micros()) else {
            return at.to_string();
        };
        let shown = moment.to_zoned(self.0.clone());
        let shown = shown.strftime("%Y-%m-%d %H:%M").to_string();
        match self.read(&shown) == Ok(at) {
            true => shown,
            false => at.to_string(),
        }
    }

    /// A moment that somebody typed: a date, which is its first moment, a date and a time of this zone, or a time with its
    /// offset.
    ///
    /// # Errors
    /// Where it is no moment, or one that cannot be kept.
    pub(crate) fn read(&self, text: &str) -> Result<Timestamp, NoMoment> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp::from_micros(moment.as_microsecond()));
        }
        let why = match Pieces::parse(text) {
            Ok(_) => NoMoment::OutOfRange,
            Err(_) => NoMoment::Unreadable,
        };
        let local: DateTime = text.parse().map_err(|_| why)?;
        let moment = local.to_zoned(self.0.clone()).map_err(|_| why)?.timestamp();
        Ok(Timestamp::from_micros(moment.as_microsecond()))
    }

    #[cfg(test)]
    pub(crate) fn utc() -> Self {
        Self(TimeZone::UTC)
    }
}

/// Why what was typed cannot be taken as a date or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoMoment {
    /// It is none.
    Unreadable,
    /// It is before or after all moments that can be kept.
    OutOfRange,
}

impl NoMoment {
    /// What is wrong with `text`; what is said of a text that is no moment differs by the field.
    pub(crate) fn detail(self, text: &str, unreadable: fn(&str) -> String) -> String {
        match self {
            Self::Unreadable => unreadable(text),
            Self::OutOfRange => (EN.failure.out_of_range)(text),
        }
    }
}

impl From<NoMoment> for Failure {
    fn from(fault: NoMoment) -> Self {
        let detail = match fault {
            NoMoment::Unreadable => EN.failure.no_moment,
            NoMoment::OutOfRange => EN.failure.no_such_time,
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }
}

/// Reads a moment as addresses have it: RFC 3339.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_micros(moment.as_microsecond()))
}

/// How much one moment is before another, roughly: `3 d`, `5 h` or `12 min`.
pub(crate) fn apart(earlier: Timestamp, later: Timestamp) -> String {
    let seconds = later.as_micros().saturating_sub(earlier.as_micros()) / 1_000_000;
    match seconds {
        86_400.. => format!("{} d", seconds / 86_400),
        3_600.. => format!("{} h", seconds / 3_600),
        _ => format!("{} min", seconds.max(0) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_put_back_show_which_hour_it_is() {
        let zone = Zone(TimeZone::get("Europe/Brussels").expect("a zone"));
        let shown = |text: &str| {
            let at: jiff::Timestamp = text.parse().expect("a moment");
            let at = Timestamp::from_micros(at.as_microsecond());
            zone.time(at).into_string()
        };
        let check = |text: &str, expect: &str| {
            assert_eq!(
                shown(text),
                format!("<time datetime=\"{text}\">{expect}</time>")
            );
        };
        check("2026-10-25T00:30:00Z", "2026-10-25 02:30 CEST");
        check("2026-10-25T01:30:00Z", "2026-10-25 02:30 CET");
    }

    #[test]
    fn a_day_begins_by_the_clocks_of_the_zone() {
        let zone = Zone(TimeZone::get("Europe/Brussels").expect("a zone"));
        let begins = |text: &str, later: i64| zone.day(text, later).map(|at| at.to_string());
        let at = |text: &str| Ok(text.to_owned());
        assert_eq!(begins("2026-10-25", 0), at("2026-10-24T22:00:00Z"));
        assert_eq!(begins("2026-10-25", 1), at("2026-10-25T23:00:00Z"));
        for none in ["2026-02-30", "today", ""] {
            assert_eq!(begins(none, 1), Err(NoMoment::Unreadable), "{none}");
        }
        for (day, later) in [("9999-12-31", 0), ("9999-12-31", 1)] {
            assert_eq!(begins(day, later), Err(NoMoment::OutOfRange), "{later}");
        }
    }

    #[test]
    fn what_was_typed_is_a_moment_of_the_zone() {
        let zone = Zone(TimeZone::get("Europe/Brussels").expect("a zone"));
        let at = |text: &str| {
            let at: jiff::Timestamp = text.parse().expect("a moment");
            Timestamp::from_micros(at.as_microsecond())
        };
        let before = at("2026-11-23T05:40:31Z");
        let field = zone.in_field(before);
        assert_eq!(field, "2026-11-23T06:40");
        let check = |typed: &str, expect| {
            assert_eq!(zone.read_field(typed, Some(before)), expect, "{typed}");
        };
        check(&field, Ok(Some(before)));
        check("2026-11-23T06:41", Ok(Some(at("2026-11-23T05:41:00Z"))));
        check("2026-11-23T06:41:05", Ok(Some(at("2026-11-23T05:41:05Z"))));
        check("", Ok(None));
        check("tomorrow", Err(NoMoment::Unreadable));
        check("2026-02-30T06:40", Err(NoMoment::Unreadable));
        check("9999-12-31T23:59", Err(NoMoment::OutOfRange));
    }

    #[test]
    fn a_moment_is_typed_as_it_is_shown() {
        let zone = Zone(TimeZone::get("Europe/Brussels").expect("a zone"));
        let check = |text: &str, expect: Result<&str, NoMoment>, typed: &str| {
            let read = zone.read(text);
            let written = read.map(|at| at.to_string());
            assert_eq!(written.as_deref(), expect.as_deref(), "{text}");
            if let Ok(at) = read {
                assert_eq!(zone.typed(at), typed, "{text}");
            }
        };
        let midnight = Ok("2026-11-22T23:00:00Z");
        check("2026-11-23", midnight, "2026-11-23 00:00");
        check("2026-11-23 00:00", midnight, "2026-11-23 00:00");
        check(" 2026-11-23T00:00 ", midnight, "2026-11-23 00:00");
        check("2026-11-22T23:00:00Z", midnight, "2026-11-23 00:00");
        // The second of two moments with this name.
        let second = "2026-10-25T01:30:00Z";
        check(second, Ok(second), second);
        check("yesterday", Err(NoMoment::Unreadable), "");
        check("", Err(NoMoment::Unreadable), "");
        check("9999-12-31", Err(NoMoment::OutOfRange), "");
        check("9999-12-31T23:59:59Z", Err(NoMoment::OutOfRange), "");
    }

    #[test]
    fn what_is_apart_is_told_in_one_unit() {
        let at = |seconds: u64| Timestamp::from_micros(0).plus_seconds(seconds);
        for (seconds, expect) in [
            (59, "0 min"),
            (3_599, "59 min"),
            (86_399, "23 h"),
            (200_000, "2 d"),
        ] {
            assert_eq!(apart(at(0), at(seconds)), expect);
        }
    }
}
