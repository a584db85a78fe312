//! Filters, schedules and sizes as people read them.

use app::users::login_of;
use maud::{Markup, html};
use tenant::{Definitions, ExportFilter, FilterLevel, FilterOutcome, Schedule};

use crate::text::EN;
use crate::when::Zone;

/// What alerts were, with the word for each in forms.
pub(super) const OUTCOMES: [(FilterOutcome, &str); 4] = [
    (FilterOutcome::TruePositive, "true_positive"),
    (FilterOutcome::FalsePositive, "false_positive"),
    (FilterOutcome::Inconclusive, "inconclusive"),
    (FilterOutcome::None, "none"),
];

/// Severities and priorities, the worst first, with the word for each.
pub(super) const LEVELS: [(FilterLevel, &str); 3] = [
    (FilterLevel::High, "high"),
    (FilterLevel::Medium, "medium"),
    (FilterLevel::Low, "low"),
];

pub(super) fn outcome_title(outcome: FilterOutcome) -> &'static str {
    match outcome {
        FilterOutcome::TruePositive => EN.alert.true_positive,
        FilterOutcome::FalsePositive => EN.alert.false_positive,
        FilterOutcome::Inconclusive => EN.alert.inconclusive,
        FilterOutcome::None => EN.export_form.no_outcome,
    }
}

/// Which alerts a filter lets through.
pub(super) fn filter(filter: &ExportFilter, definitions: &Definitions, zone: &Zone) -> Markup {
    let text = &EN.export_form;
    let workflow = definitions.workflow();
    let title_of_team = |name: &String| {
        let team = definitions.teams.get(name);
        team.map_or_else(|| name.clone(), |team| team.title.clone())
    };
    let title_of_type = |name: &String| {
        let kind = definitions.alert_type(name);
        kind.map_or_else(|| name.clone(), |kind| kind.title.clone())
    };
    let title_of_state = |name: &String| {
        let state = workflow.state(name);
        state.map_or_else(|| name.clone(), |state| state.title.clone())
    };
    let title_of_user = |id: &String| match id.as_str() {
        "none" => EN.queue.nobody.to_owned(),
        id => login_of(definitions, id).to_owned(),
    };
    let level = |level: &FilterLevel| {
        let found = LEVELS.iter().find(|(one, _)| one == level);
        found.map_or_else(String::new, |(_, word)| (*word).to_owned())
    };
    let all = |values: &[String], title: &dyn Fn(&String) -> String| -> Vec<String> {
        values.iter().map(title).collect()
    };
    let as_it_is = |value: &String| value.clone();
    let outcomes = filter
        .outcome
        .iter()
        .map(|one| outcome_title(*one).to_owned());
    let parts = [
        (text.of_team, all(&filter.team, &title_of_team)),
        (text.of_type, all(&filter.incident_type, &title_of_type)),
        (text.in_state, all(&filter.state, &title_of_state)),
        (text.with_outcome, outcomes.collect()),
        (
            text.with_severity,
            filter.severity.iter().map(level).collect(),
        ),
        (
            text.with_priority,
            filter.priority.iter().map(level).collect(),
        ),
        (text.with_label, all(&filter.label, &as_it_is)),
        (text.of_rule, all(&filter.rule, &as_it_is)),
        (text.about, all(&filter.dprofile_id, &as_it_is)),
        (text.assigned_to, all(&filter.user_id, &title_of_user)),
    ];
    let times = [
        (text.made_from, filter.created_from),
        (text.made_before, filter.created_to),
    ];
    html! {
        @if *filter == ExportFilter::default() { (text.all_alerts) } @else {
            ul.plain {
                @for (what, values) in parts {
                    @if !values.is_empty() {
                        li {
                            span.note { (what) } " "
                            @for (at, value) in values.iter().enumerate() {
                                @if at > 0 { " " span.note { (text.or) } " " }
                                bdi { (value) }
                            }
                        }
                    }
                }
                @for (what, at) in times {
                    @if let Some(at) = at { li { span.note { (what) } " " (zone.time(at)) } }
                }
            }
        }
    }
}

/// When a schedule runs, such as `every day at 02:30`.
pub(super) fn schedule(schedule: Option<&Schedule>) -> String {
    let text = &EN.export_form;
    let Some(schedule) = schedule else {
        return text.never.to_owned();
    };
    let said = match Rhythm::of(&schedule.cron) {
        Rhythm::Daily(at) => (text.every_day)(&at),
        Rhythm::Weekdays(at) => (text.every_weekday)(&at),
        Rhythm::Weekly(day, at) => (text.every_week)(text.weekdays[day], &at),
        Rhythm::Monthly(day, at) => (text.every_month)(day, &at),
        Rhythm::Hourly(minute) => (text.every_hour)(minute),
        Rhythm::Minutes(minutes) => (text.every_minutes)(minutes),
        Rhythm::Other => (text.cron)(&schedule.cron),
    };
    match &schedule.timezone {
        Some(zone) => format!("{said} ({zone})"),
        None => said,
    }
}

/// What most cron expressions say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// At a time of day, such as `02:30`.
    Daily(String),
    /// Monday to Friday.
    Weekdays(String),
    /// A day of the week, from 0 for Sunday.
    Weekly(usize, String),
    /// A day of the month.
    Monthly(u8, String),
    /// A minute.
    Hourly(u8),
    /// So many minutes apart.
    Minutes(u8),
    /// Anything else.
    Other,
}

impl Rhythm {
    pub(super) fn of(cron: &str) -> Self {
        let midnight = || "00:00".to_owned();
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = *fields else {
            return match cron.trim() {
                "@hourly" => Self::Hourly(0),
                "@daily" => Self::Daily(midnight()),
                "@weekly" => Self::Weekly(0, midnight()),
                "@monthly" => Self::Monthly(1, midnight()),
                _ => Self::Other,
            };
        };
        let number = |text: &str, below: u8| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|it: &u8| is_plain && *it < below)
        };
        let at = number(hour, 24).zip(number(minute, 60));
        let at = at.map(|(hour, minute)| format!("{hour:02}:{minute:02}"));
        let steps = minute.strip_prefix("*/").and_then(|step| number(step, 60));
        match (hour, day, month, weekday, at) {
            (_, "*", "*", "*", Some(at)) => Self::Daily(at),
            (_, "*", "*", "1-5" | "MON-FRI", Some(at)) => Self::Weekdays(at),
            (_, "*", "*", weekday, Some(at)) => match weekday_of(weekday) {
                Some(weekday) => Self::Weekly(weekday, at),
                None => Self::Other,
            },
            (_, day, "*", "*", Some(at)) => match number(day, 32).filter(|day| *day > 0) {
                Some(day) => Self::Monthly(day, at),
                None => Self::Other,
            },
            ("*", "*", "*", "*", None) => match (number(minute, 60), steps) {
                (Some(minute), _) => Self::Hourly(minute),
                // Others do not divide the hour, and so are not equally far apart.
                (None, Some(step)) if step > 0 && 60 % step == 0 => Self::Minutes(step),
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

fn weekday_of(text: &str) -> Option<usize> {
    let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let named = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text));
    named.or_else(|| match text.as_bytes() {
        [digit @ b'0'..=b'7'] => Some(usize::from(digit - b'0') % 7),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_schedules_are_said_in_words() {
        let check = |cron: &str, expect: &str| {
            let timezone = None;
            let cron = cron.to_owned();
            let schedule = Schedule { cron, timezone };
            assert_eq!(super::schedule(Some(&schedule)), expect);
        };
        check("30 2 * * *", "every day at 02:30");
        check("0 6 * * 1-5", "Monday to Friday at 06:00");
        check("0 6 * * 7", "every Sunday at 06:00");
        check("0 6 * * mon", "every Monday at 06:00");
        check("5 4 1 * *", "on day 1 of every month at 04:05");
        check("15 * * * *", "every hour at :15");
        check("*/15 * * * *", "every 15 minutes");
        check("@daily", "every day at 00:00");
        for other in [
            "*/7 * * * *",
            "0 2 L * *",
            "0 2,14 * * *",
            "0 2 1 1 *",
            "0 2 0 * *",
        ] {
            check(other, &format!("by the cron expression {other}"));
        }
        assert_eq!(super::schedule(None), "only on request");
    }
}
