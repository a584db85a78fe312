//! What a run leaves for the next one: credentials, and how far it came.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use server::make_directory;
use tenant::credential::{Credential, CredentialKind};

/// The file, which only its owner may read.
const FILE: &str = "demo.json";

/// The notebook of a data directory.
pub(super) struct Notebook {
    path: PathBuf,
    pub(super) notes: Notes,
}

/// What is in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Notes {
    administrator: String,
    /// The access token of the tenant's first user.
    pub(super) owner: Option<String>,
    /// The access token of an analyst.
    pub(super) analyst: Option<String>,
    /// The access token of the service that reports account-aggregation sessions.
    #[serde(default)]
    pub(super) bank_client: Option<String>,
    /// With which the tenant's people sign in; none if an earlier release made them, without.
    #[serde(default)]
    pub(super) password: Option<String>,
    /// The API keys of teams, by team.
    pub(super) keys: BTreeMap<String, String>,
    /// The date of the first day, such as `2026-11-02`; none if an earlier release chose it.
    #[serde(default)]
    first_day: Option<String>,
    /// The first day that was not posted.
    pub(super) next_day: u32,
}

/// The first day of the demos of earlier releases, and the last that their sessions fetched.
const EARLIER_DAYS: [Date; 2] = [date(2024, 9, 2), date(2024, 9, 30)];

/// Characters of a password that is easily typed: none that is easily taken for another.
const PASSWORD_LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A new password: 80 bits.
fn password() -> String {
    let random: [u8; 16] = rand::random();
    let letter = |byte: &u8| PASSWORD_LETTERS[usize::from(*byte) % PASSWORD_LETTERS.len()];
    let letters: Vec<u8> = random.iter().map(letter).collect();
    let groups = letters.chunks(4).map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join("-")
}

impl Notebook {
    /// Opens the notebook of a directory, or begins one, of which this is the first day.
    pub(super) fn open(directory: &Path, first_day: Date) -> anyhow::Result<Self> {
        make_directory(directory)?;
        let path = directory.join(FILE);
        if path.exists() {
            let text = std::fs::read(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            let notes = serde_json::from_slice(&text).with_context(|| {
                format!(
                    "{} is damaged; delete {} and begin anew",
                    path.display(),
                    directory.display()
                )
            })?;
            return Ok(Self { path, notes });
        }
        let administrator = Credential::generate(CredentialKind::HostToken);
        let notebook = Self {
            path,
            notes: Notes {
                administrator: administrator.expose().to_owned(),
                owner: None,
                analyst: None,
                bank_client: None,
                password: Some(password()),
                keys: BTreeMap::new(),
                first_day: Some(first_day.to_string()),
                next_day: 0,
            },
        };
        notebook.save()?;
        Ok(notebook)
    }

    /// The token of the host's administrator.
    pub(super) fn administrator(&self) -> anyhow::Result<Credential> {
        Credential::parse(&self.notes.administrator)
            .with_context(|| format!("{} is damaged", self.path.display()))
    }

    /// The date of a day, of which the first has the number 0.
    pub(super) fn date_of(&self, day: u32) -> Date {
        let days = jiff::Span::new().days(i64::from(day));
        let first = self.first_day().unwrap_or(EARLIER_DAYS[0]);
        first.saturating_add(days)
    }

    /// The last day of what sessions fetched, the same at each run.
    pub(super) fn fetched_until(&self) -> Date {
        self.first_day().unwrap_or(EARLIER_DAYS[1])
    }

    fn first_day(&self) -> Option<Date> {
        self.notes.first_day.as_ref()?.parse().ok()
    }

    /// How many days before today were not posted.
    pub(super) fn days_left(&self, today: Date) -> u32 {
        let next = self.date_of(self.notes.next_day);
        let left = next.until(today).map_or(0, |span| span.get_days());
        u32::try_from(left).unwrap_or_default()
    }

    /// Writes it: as it was or as it is, never half of it.
    pub(super) fn save(&self) -> anyhow::Result<()> {
        let at = || format!("{} cannot be written", self.path.display());
        let directory = self.path.parent().unwrap_or(Path::new("."));
        // Temporary files are their owner's alone, and stay so under another name.
        let mut file = tempfile::NamedTempFile::new_in(directory).with_context(at)?;
        serde_json::to_writer_pretty(&mut file, &self.notes)?;
        file.flush().with_context(at)?;
        file.persist(&self.path).with_context(at)?;
        Ok(())
    }
}
