//! Exports: which alerts, in which format, when, and for how long their files are kept.

use domain::alert::{AlertOutcome, Viewer};
use domain::rule::Level;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::Delivery;
use json::{JsonObject, JsonValue};

/// A tenant's export definition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Export {
    /// The tenant's name for it.
    pub name: String,
    /// What writes its files.
    pub formatter: FormatterChoice,
    /// Which alerts.
    pub filter: ExportFilter,
    /// Where its files go, in the order in which they are numbered.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
    /// When it runs by itself; never, where there is none.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Whether its schedule rests.
    #[serde(default)]
    pub paused: bool,
    /// How its files are kept.
    #[serde(default)]
    pub compression: Compression,
    /// Whether its files show what rules computed from masked fields; none if an earlier release defined it, which goes
    /// on to show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<SensitiveOutput>,
    /// For how long its files are kept.
    #[serde(default)]
    pub retention: Retention,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Rises with each change; the `ETag`.
    pub version: u64,
}

impl Export {
    /// What it says of a place, where it delivers to it.
    pub fn delivery_to(&self, place: &str) -> Option<&Delivery> {
        self.deliveries
            .iter()
            .find(|delivery| delivery.place() == place)
    }

    pub(super) fn definition_key(&self) -> String {
        self.name.clone()
    }
}

/// A published formatter and its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatterChoice {
    /// The plugin's name.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Its configuration; `{}` where it needs none.
    #[serde(default = "empty_object")]
    pub config: JsonValue,
}

fn empty_object() -> JsonValue {
    JsonObject::default().into()
}

/// When an export runs by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five fields: minute, hour, day of the month, month, day of the week; `30 2 * * *` is 02:30 each day. Also
    /// `L`, `#`, `W`, `+`, and `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. At most once in 5 minutes.
    pub cron: String,
    /// An IANA name, such as `Europe/Brussels`; the tenant's, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// How files are kept.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// As the formatter writes them.
    #[default]
    None,
    /// As gzip has it.
    Gzip,
}

/// What an export does with what rules computed from masked fields.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveOutput {
    /// It is written in neutral form, as it is shown to who lacks the permission `transaction:sensitive`.
    #[default]
    Mask,
    /// It is written as rules said it.
    Show,
}

impl SensitiveOutput {
    /// As whom the files are written. A definition that says nothing is one of an earlier release.
    pub fn viewer(of: Option<Self>) -> Viewer {
        match of {
            Some(Self::Mask) => Viewer::Masked,
            Some(Self::Show) | None => Viewer::Full,
        }
    }
}

/// For how long files are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days from the snapshot on. The newest file is kept, however old it is.
    #[schemars(range(min = 1, max = 3_650))]
    pub days: u32,
}

impl Retention {
    /// What can be asked for, in days.
    pub const DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30 }
    }
}

/// Which alerts an export holds; of each member, any of its values; none means all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportFilter {
    /// Teams, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<String>,
    /// Alert types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incident_type: Vec<String>,
    /// States of the workflow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<String>,
    /// Labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub label: Vec<String>,
    /// What closed alerts were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outcome: Vec<FilterOutcome>,
    /// How bad.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<FilterLevel>,
    /// How soon.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priority: Vec<FilterLevel>,
    /// Rules, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<String>,
    /// Customers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dprofile_id: Vec<String>,
    /// Assignees, by id; `none` asks for those that are assigned to nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_id: Vec<String>,
    /// Those made then or later.
    #[serde(skip_serializing_if = "Option::is_none", with = "moment")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created_from: Option<Timestamp>,
    /// Those made before.
    #[serde(skip_serializing_if = "Option::is_none", with = "moment")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created_to: Option<Timestamp>,
}

/// A severity or a priority that a filter asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FilterLevel {
    Low,
    Medium,
    High,
}

impl From<FilterLevel> for Level {
    fn from(level: FilterLevel) -> Self {
        match level {
            FilterLevel::Low => Self::Low,
            FilterLevel::Medium => Self::Medium,
            FilterLevel::High => Self::High,
        }
    }
}

impl From<Level> for FilterLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
        }
    }
}

/// The assignee that a filter names; `none` is nobody. No user has this id: ids of users are UUIDs.
pub fn assignee(named: &str) -> Option<String> {
    (named != "none").then(|| named.to_owned())
}

/// An outcome that a filter asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FilterOutcome {
    TruePositive,
    FalsePositive,
    Inconclusive,
    /// Nobody has said one: of alerts that are not closed, too.
    None,
}

impl From<FilterOutcome> for Option<AlertOutcome> {
    fn from(outcome: FilterOutcome) -> Self {
        match outcome {
            FilterOutcome::TruePositive => Some(AlertOutcome::TruePositive),
            FilterOutcome::FalsePositive => Some(AlertOutcome::FalsePositive),
            FilterOutcome::Inconclusive => Some(AlertOutcome::Inconclusive),
            FilterOutcome::None => Self::None,
        }
    }
}

/// A moment as RFC 3339 has it.
mod moment {
    use domain::time::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        moment: &Option<Timestamp>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => out.collect_str(moment),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        text: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let Some(text) = Option::<String>::deserialize(text)? else {
            return Ok(None);
        };
        let moment: jiff::Timestamp = text.parse().map_err(|_| {
            de::Error::custom("must be a time with offset, such as 2024-09-25T10:45:30Z")
        })?;
        Ok(Some(Timestamp::from_micros(moment.as_microsecond())))
    }
}
