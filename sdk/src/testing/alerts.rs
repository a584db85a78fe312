//! Alerts for tests of formatters.

use crate::formatter::{Alerts, Context, Formatter, Texts};
use crate::{Level, Timestamp};

/// An alert as a test writes it; all is empty but what the test sets.
///
/// ```
/// use vervet_sdk::testing::TestAlert;
///
/// assert_eq!(TestAlert::default().info, "{}");
/// ```
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct TestAlert {
    pub id: String,
    pub team: String,
    pub dprofile_id: String,
    pub user_id: String,
    pub title: String,
    pub incident_type: String,
    pub state: String,
    pub severity: Level,
    pub priority: Level,
    pub due_date: Option<Timestamp>,
    pub labels: Vec<String>,
    pub rule: String,
    pub score: Option<f64>,
    pub txn_ids: Vec<String>,
    /// A JSON object.
    pub info: String,
    /// JSON objects.
    pub findings: Vec<String>,
    /// JSON objects.
    pub comments: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// What later hosts add, by name, as JSON; `null` of alerts that do not name it.
    pub more: Vec<(String, String)>,
}

impl Default for TestAlert {
    fn default() -> Self {
        let epoch = Timestamp::from_micros(0);
        Self {
            id: String::new(),
            team: String::new(),
            dprofile_id: String::new(),
            user_id: String::new(),
            title: String::new(),
            incident_type: String::new(),
            state: String::new(),
            severity: Level::Medium,
            priority: Level::Medium,
            due_date: None,
            labels: Vec::new(),
            rule: String::new(),
            score: None,
            txn_ids: Vec::new(),
            info: "{}".to_owned(),
            findings: Vec::new(),
            comments: Vec::new(),
            created_at: epoch,
            updated_at: epoch,
            closed_at: None,
            more: Vec::new(),
        }
    }
}

/// Makes a batch of alerts.
///
/// ```
/// use vervet_sdk::testing::AlertsBuilder;
///
/// let alerts = AlertsBuilder::new().alert(|alert| alert.id = "a1".into()).build();
/// assert_eq!(alerts.count, 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct AlertsBuilder {
    alerts: Alerts,
}

impl AlertsBuilder {
    /// No alerts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an alert, of which `set` says what is not empty.
    pub fn alert(mut self, set: impl FnOnce(&mut TestAlert)) -> Self {
        let mut alert = TestAlert::default();
        set(&mut alert);
        let column = |moment: Option<Timestamp>| moment.map_or(i64::MIN, Timestamp::as_micros);
        fn texts(list: &[String]) -> impl Iterator<Item = &str> {
            list.iter().map(String::as_str)
        }
        let to = &mut self.alerts;
        to.count += 1;
        to.id.push(&alert.id);
        to.team.push(&alert.team);
        to.dprofile_id.push(&alert.dprofile_id);
        to.user_id.push(&alert.user_id);
        to.title.push(&alert.title);
        to.incident_type.push(&alert.incident_type);
        to.state.push(&alert.state);
        to.severity.push(alert.severity);
        to.priority.push(alert.priority);
        to.due_date.push(column(alert.due_date));
        to.labels.push(texts(&alert.labels));
        to.rule.push(&alert.rule);
        to.score.push(alert.score.unwrap_or(f64::NAN));
        to.txn_ids.push(texts(&alert.txn_ids));
        to.info.push(&alert.info);
        to.findings.push(texts(&alert.findings));
        to.comments.push(texts(&alert.comments));
        to.created_at.push(alert.created_at.as_micros());
        to.updated_at.push(alert.updated_at.as_micros());
        to.closed_at.push(column(alert.closed_at));
        for (name, json) in &alert.more {
            let known = to.more.iter().position(|(other, _)| other == name);
            let known = known.unwrap_or_else(|| {
                to.more.push((name.clone(), Texts::default()));
                to.more.len() - 1
            });
            let column = &mut to.more[known].1;
            fill(column, to.count - 1);
            column.push(json);
        }
        for (_, column) in &mut to.more {
            fill(column, to.count);
        }
        self
    }

    /// The batch.
    pub fn build(self) -> Alerts {
        self.alerts
    }
}

/// Lets a column have a value of each of so many alerts.
fn fill(column: &mut Texts, count: usize) {
    while column.len() < count {
        column.push("null");
    }
}

/// Makes a whole file with a formatter: opens it, writes each batch, closes it.
///
/// ```
/// # use vervet_sdk::NoConfig;
/// # use vervet_sdk::formatter::{Alerts, Context, Formatter, FormatterManifest, Layout};
/// # struct Count(usize);
/// # impl Formatter for Count {
/// #     type Config = NoConfig;
/// #     const MANIFEST: FormatterManifest = FormatterManifest {
/// #         name: "count", version: "1.0.0", title: "Count", description: "",
/// #         media_type: "text/plain", file_extension: "txt",
/// #     };
/// #     fn layout(_: &NoConfig) -> Result<Layout, String> { Ok(Layout { version: 1, columns: vec![] }) }
/// #     fn open(_: NoConfig, _: Context, _: &mut Vec<u8>) -> Result<Self, String> { Ok(Self(0)) }
/// #     fn write(&mut self, alerts: &Alerts, _: &mut Vec<u8>) -> Result<(), String> {
/// #         self.0 += alerts.count;
/// #         Ok(())
/// #     }
/// #     fn close(self, out: &mut Vec<u8>) -> Result<(), String> {
/// #         out.extend(self.0.to_string().bytes());
/// #         Ok(())
/// #     }
/// # }
/// use vervet_sdk::testing::{AlertsBuilder, format};
///
/// let batch = AlertsBuilder::new().alert(|_| ()).build();
/// let file = format::<Count>("{}", &[batch.clone(), batch]).unwrap();
/// assert_eq!(file, "2");
/// ```
///
/// # Errors
/// What the formatter says of its configuration or of a batch.
pub fn format<F: Formatter>(config: &str, batches: &[Alerts]) -> Result<String, String> {
    let context = Context {
        tenant: "test".to_owned(),
        timezone: "UTC".to_owned(),
        snapshot_at: Timestamp::from_micros(0),
    };
    let mut out = Vec::new();
    let mut file = F::open(crate::read_config(config)?, context, &mut out)?;
    for batch in batches {
        file.write(&batch.clone().checked()?, &mut out)?;
    }
    file.close(&mut out)?;
    String::from_utf8(out).map_err(|_| "the file is not UTF-8".to_owned())
}

/// Alerts that a careless formatter breaks on: quotes, line ends, delimiters, formulas, emoji,
/// right-to-left text, and everything empty or absent.
///
/// ```
/// assert_eq!(vervet_sdk::testing::hostile_alerts().count, 3);
/// ```
pub fn hostile_alerts() -> Alerts {
    let at = Timestamp::from_micros;
    AlertsBuilder::new()
        .alert(|alert| {
            alert.id = "01890a5d-ac96-774b-bcce-b302099a8057".into();
            alert.team = "aml".into();
            alert.dprofile_id = "c-1".into();
            alert.user_id = "jan.peeters".into();
            alert.title = "He said \"cash\", twice;\r\nthen left".into();
            alert.incident_type = "trx_aml_alert".into();
            alert.state = "in_progress".into();
            alert.severity = Level::High;
            alert.priority = Level::Low;
            alert.due_date = Some(at(1_649_721_600_000_000));
            alert.labels = vec!["cash, branch".into(), "say \"what\"".into()];
            alert.rule = "structuring".into();
            alert.score = Some(-0.5);
            alert.txn_ids = vec!["t1".into(), "t,2".into()];
            alert.info = r#"{"limit":10000,"note":"a \"b\", c\nd","transactions":[{"amount":12.5,"cash":true,"country":null}]}"#.into();
            alert.findings = vec![
                r#"{"rule":"structuring","version":"1.0.0","score":-0.5,"transaction":"t1","evidence":{"sum":9.5}}"#.into(),
            ];
            alert.comments =
                vec![r#"{"author":"jan","written_at":"2022-04-12T00:00:00Z","text":"<b>=1+1</b>"}"#.into()];
            alert.created_at = at(1_649_721_600_123_456);
            alert.updated_at = at(1_649_721_600_123_457);
            alert.closed_at = Some(at(-1));
            alert.more = vec![("outcome".into(), r#""false_positive""#.into())];
        })
        .alert(|alert| {
            alert.id = "=HYPERLINK(\"http://x\",\"y\")".into();
            alert.team = "@team".into();
            alert.dprofile_id = "-12".into();
            alert.title = "\u{1f9e8} \u{05d0}\u{05d1}\u{202e}gnp.exe \u{00e9}\ttab".into();
            alert.incident_type = "+other".into();
            alert.state = "\tstate".into();
            alert.labels = vec!["\u{05e9}\u{05dc}\u{05d5}\u{05dd}".into()];
        })
        .alert(|_| ())
        .build()
}
