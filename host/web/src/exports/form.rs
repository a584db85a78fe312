//! The definition of an export, as it was typed.

use app::caller::Caller;
use app::exports::define::NewExport;
use app::exports::places::{NewDelivery, NewObjectStore};
use axum::http::StatusCode;
use domain::time::Timestamp;
use json::JsonValue;
use serde::Deserialize;
use tenant::{
    Compression, Delivery, Export, ExportFilter, FilterLevel, FilterOutcome, FormatterChoice,
    Retention, Schedule, Secret, SendBody, SensitiveOutput,
};

use super::words::Rhythm;
use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// When an export runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum When {
    /// When somebody asks for it.
    #[default]
    OnRequest,
    Daily,
    Weekly,
    Cron,
}

/// An export, as it was typed. Of the lists of a place the values of one place stand at the same index.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedExport {
    /// The version that was changed; 0 for a new export.
    pub(super) version: u64,
    /// Of a new export.
    pub(super) name: String,
    /// Plugin and version, separated by a slash.
    pub(super) formatter: String,
    pub(super) config: String,
    pub(super) team: Vec<String>,
    pub(super) incident_type: Vec<String>,
    pub(super) state: Vec<String>,
    pub(super) outcome: Vec<FilterOutcome>,
    pub(super) severity: Vec<FilterLevel>,
    pub(super) priority: Vec<FilterLevel>,
    /// One on each line, as the next three.
    pub(super) label: String,
    pub(super) rule: String,
    pub(super) customer: String,
    pub(super) assignee: String,
    pub(super) created_from: String,
    pub(super) created_to: String,
    pub(super) when: When,
    pub(super) daily_at: String,
    pub(super) weekly_at: String,
    pub(super) weekday: usize,
    pub(super) cron: String,
    pub(super) timezone: String,
    pub(super) compression: Compression,
    pub(super) sensitive: SensitiveOutput,
    pub(super) days: String,
    pub(super) webhook_url: Vec<String>,
    pub(super) webhook_send: Vec<SendBody>,
    pub(super) directory: Vec<String>,
    pub(super) bucket: Vec<String>,
    pub(super) bucket_prefix: Vec<String>,
    pub(super) bucket_region: Vec<String>,
    pub(super) bucket_endpoint: Vec<String>,
    pub(super) bucket_key: Vec<String>,
    /// Never shown again.
    pub(super) bucket_secret: Vec<String>,
}

impl TypedExport {
    /// A new export, as the form suggests it: every night, kept for a month.
    pub(super) fn new() -> Self {
        Self {
            config: "{}".to_owned(),
            when: When::Daily,
            daily_at: "02:30".to_owned(),
            weekly_at: "06:00".to_owned(),
            weekday: 1,
            days: Retention::default().days.to_string(),
            ..Self::default()
        }
    }

    /// An export as it is defined.
    pub(super) fn of(export: &Export, zone: &Zone) -> Self {
        let filter = &export.filter;
        let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| zone.typed(at));
        let mut typed = Self {
            version: export.version,
            name: export.name.clone(),
            formatter: formatter_text(&export.formatter.plugin, &export.formatter.version),
            config: export.formatter.config.pretty(),
            team: filter.team.clone(),
            incident_type: filter.incident_type.clone(),
            state: filter.state.clone(),
            outcome: filter.outcome.clone(),
            severity: filter.severity.clone(),
            priority: filter.priority.clone(),
            label: filter.label.join("\n"),
            rule: filter.rule.join("\n"),
            customer: filter.dprofile_id.join("\n"),
            assignee: filter.user_id.join("\n"),
            created_from: time(filter.created_from),
            created_to: time(filter.created_to),
            compression: export.compression,
            sensitive: export.sensitive.unwrap_or_default(),
            days: export.retention.days.to_string(),
            ..Self::new()
        };
        typed.take_schedule(export.schedule.as_ref());
        for delivery in &export.deliveries {
            typed.take_place(delivery);
        }
        typed
    }

    fn take_schedule(&mut self, schedule: Option<&Schedule>) {
        let Some(schedule) = schedule else {
            self.when = When::OnRequest;
            return;
        };
        self.timezone = schedule.timezone.clone().unwrap_or_default();
        match Rhythm::of(&schedule.cron) {
            Rhythm::Daily(at) => {
                self.when = When::Daily;
                self.daily_at = at;
            }
            Rhythm::Weekly(weekday, at) => {
                self.when = When::Weekly;
                (self.weekday, self.weekly_at) = (weekday, at);
            }
            _ => {
                self.when = When::Cron;
                self.cron = schedule.cron.clone();
            }
        }
    }

    fn take_place(&mut self, delivery: &Delivery) {
        match delivery {
            Delivery::Webhook { url, send } => {
                self.webhook_url.push(url.clone());
                self.webhook_send.push(*send);
            }
            Delivery::Directory { directory } => self.directory.push(directory.clone()),
            Delivery::S3(place) => {
                self.bucket.push(place.bucket.clone());
                self.bucket_prefix.push(place.prefix.clone());
                self.bucket_region.push(place.region.clone());
                let endpoint = place.endpoint.clone().unwrap_or_default();
                self.bucket_endpoint.push(endpoint);
                self.bucket_key.push(place.access_key_id.clone());
                self.bucket_secret.push(String::new());
            }
        }
    }

    /// What was typed, as a definition.
    ///
    /// # Errors
    /// Where a part of it cannot be read.
    pub(super) fn read(&self, zone: &Zone) -> Result<NewExport, Failure> {
        let config = match self.config.trim() {
            "" => "{}",
            config => config,
        };
        let config = JsonValue::read(config)
            .map_err(|fault| refuse((EN.export_form.bad_json)(&fault.to_string())))?;
        let (plugin, version) = self.formatter.split_once('/').unwrap_or_default();
        let days = self.days.trim().parse();
        let time = |text: &String| match text.trim() {
            "" => Ok(None),
            text => zone
                .read(text)
                .map(Some)
                .map_err(|fault| refuse(fault.detail(text, EN.export_form.bad_time))),
        };
        Ok(NewExport {
            formatter: FormatterChoice {
                plugin: plugin.to_owned(),
                version: version.to_owned(),
                config,
            },
            filter: ExportFilter {
                team: self.team.clone(),
                incident_type: self.incident_type.clone(),
                state: self.state.clone(),
                label: lines(&self.label),
                outcome: self.outcome.clone(),
                severity: self.severity.clone(),
                priority: self.priority.clone(),
                rule: lines(&self.rule),
                dprofile_id: lines(&self.customer),
                user_id: lines(&self.assignee),
                created_from: time(&self.created_from)?,
                created_to: time(&self.created_to)?,
            },
            deliveries: self.places(),
            schedule: self.schedule()?,
            compression: self.compression,
            sensitive: self.sensitive,
            retention: Retention {
                days: days.map_err(|_| refuse(EN.export_form.bad_days))?,
            },
        })
    }

    fn schedule(&self) -> Result<Option<Schedule>, Failure> {
        let at = |text: &str| {
            let clock = text.trim().split_once(':');
            let number = |text: &str, below: u8| text.parse().ok().filter(|it: &u8| *it < below);
            clock
                .and_then(|(hour, minute)| number(hour, 24).zip(number(minute, 60)))
                .ok_or_else(|| refuse((EN.export_form.bad_clock)(text)))
        };
        let cron = match self.when {
            When::OnRequest => return Ok(None),
            When::Daily => {
                let (hour, minute) = at(&self.daily_at)?;
                format!("{minute} {hour} * * *")
            }
            When::Weekly => {
                let (hour, minute) = at(&self.weekly_at)?;
                format!("{minute} {hour} * * {}", self.weekday)
            }
            When::Cron => self.cron.trim().to_owned(),
        };
        let timezone = some(&self.timezone);
        Ok(Some(Schedule { cron, timezone }))
    }

    /// The places in whose rows something was typed.
    fn places(&self) -> Vec<NewDelivery> {
        self.rows().map(|(_, place)| place).collect()
    }

    /// What the form calls each of these places.
    pub(super) fn place_titles(&self) -> Vec<String> {
        self.rows().map(|(title, _)| title).collect()
    }

    fn rows(&self) -> impl Iterator<Item = (String, NewDelivery)> {
        let text = &EN.export_form;
        let webhooks = self.webhook_url.iter().enumerate();
        let webhooks = webhooks.filter_map(move |(at, url)| {
            let send = self.webhook_send.get(at).copied().unwrap_or(SendBody::File);
            // The usual choice says nothing; another one is refused without a URL.
            let is_typed = some(url).is_some() || send != SendBody::File;
            let url = url.trim().to_owned();
            let title = (text.numbered)(text.webhook, at + 1);
            is_typed.then_some((title, NewDelivery::Webhook { url, send }))
        });
        let directories = self.directory.iter().enumerate();
        let directories = directories.filter_map(move |(at, directory)| {
            let store = NewObjectStore {
                directory: Some(some(directory)?),
                ..NewObjectStore::default()
            };
            let title = (text.numbered)(text.directory, at + 1);
            Some((title, NewDelivery::ObjectStore(store)))
        });
        let buckets = self.bucket.iter().enumerate();
        let buckets = buckets.filter_map(move |(at, bucket)| {
            let of = |list: &[String]| list.get(at).and_then(|text| some(text));
            let lists = [
                &self.bucket_prefix,
                &self.bucket_region,
                &self.bucket_endpoint,
                &self.bucket_key,
                &self.bucket_secret,
            ];
            let is_typed = some(bucket).is_some() || lists.iter().any(|list| of(list).is_some());
            // What belongs to a bucket is refused without one.
            is_typed.then_some(())?;
            let store = NewObjectStore {
                directory: None,
                bucket: Some(bucket.trim().to_owned()),
                prefix: of(&self.bucket_prefix),
                region: of(&self.bucket_region),
                endpoint: of(&self.bucket_endpoint),
                access_key_id: of(&self.bucket_key),
                secret_access_key: of(&self.bucket_secret).map(Secret::new),
            };
            let title = (text.numbered)(text.bucket, at + 1);
            Some((title, NewDelivery::ObjectStore(store)))
        });
        webhooks.chain(directories).chain(buckets)
    }
}

/// A formatter as the form names it.
pub(super) fn formatter_text(plugin: &str, version: &str) -> String {
    format!("{plugin}/{version}")
}

/// The zone in which a new schedule is meant where it names none.
pub(super) fn usual_zone(caller: &Caller) -> String {
    let definitions = caller.definitions();
    let tenant = definitions.tenant();
    tenant.map_or_else(|| "UTC".to_owned(), |tenant| tenant.timezone.clone())
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter_map(some).collect()
}

fn refuse(detail: impl Into<String>) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &TypedExport, expect: Result<Option<&str>, &str>) {
        let zone = Zone::utc();
        match (typed.read(&zone), expect) {
            (Ok(new), Ok(cron)) => assert_eq!(
                new.schedule.as_ref().map(|schedule| &*schedule.cron),
                cron,
                "{typed:?}"
            ),
            (Err(failure), Err(expect)) => assert!(failure.detail().contains(expect), "{typed:?}"),
            (read, _) => panic!("{read:?}"),
        }
    }

    #[test]
    fn a_schedule_is_read_as_it_was_chosen() {
        let new = TypedExport::new();
        check(&new, Ok(Some("30 2 * * *")));
        let on_request = When::OnRequest;
        let with = |when| TypedExport {
            when,
            ..new.clone()
        };
        check(&with(on_request), Ok(None));
        check(&with(When::Weekly), Ok(Some("0 6 * * 1")));
        let daily_at = "25:00".to_owned();
        let odd = TypedExport {
            daily_at,
            ..new.clone()
        };
        check(&odd, Err("'25:00' is no time of day"));
        let config = "{".to_owned();
        check(&TypedExport { config, ..new }, Err("is not JSON"));
    }

    #[test]
    fn rows_that_were_left_empty_are_no_places() {
        let typed = TypedExport {
            webhook_url: vec![String::new(), "https://a.example".to_owned()],
            webhook_send: vec![SendBody::File, SendBody::Notice],
            directory: vec![" ".to_owned()],
            bucket: vec![String::new()],
            ..TypedExport::new()
        };
        let places = typed.places();
        let [NewDelivery::Webhook { url, send }] = &*places else {
            panic!("{places:?}");
        };
        assert_eq!((&**url, *send), ("https://a.example", SendBody::Notice));
    }
}
