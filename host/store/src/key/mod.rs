//! The key layout. Nobody else builds or reads keys by hand.
//!
//! ```text
//! tenant u64 │ kind u8 │ fields of the kind
//!
//!  kind            fields                                         value
//!  01 host         name…                                          by name (tenant 0)
//!  10 definition   kind u8 │ name…                                self-describing
//!  11 list version list, ended │ version u64                      self-describing
//!  12 list diff    list, ended │ version u64 │ first entry…       self-describing
//!  13 list page    list, ended │ begin of the page…                self-describing: entries
//!  20 block        team u32 │ first sequence u64                  record::block
//!  24 judgements   team u32 │ rule, ended │ first sequence u64    self-describing: what the rule said
//!  25 catch-up     team u32 │ rule…                               self-describing: how the rule caught up
//!  28 index        team u32                                       index: hash key and watermark
//!  29 run          team u32 │ index u8 │ run u64                  index: header of a run
//!  2A run guide    team u32 │ index u8 │ run u64 │ part u32       index: fence and filter
//!  2B run chunk    team u32 │ index u8 │ run u64 │ chunk u32      index: entries
//!  30 alert        alert 16 │ position u64                        self-describing
//!  31 alert index  index u8 │ value, ended │ alert 16             –
//!  32 finding      alert 16 │ number u32                          self-describing
//!  33 alert part   alert 16 │ part u8 │ id 16 │ position u64      self-describing
//!  34 bulk         bulk 16                                        self-describing
//!  35 bulk alerts  bulk 16                                        ids of 16 bytes
//!  36 bulk outcome bulk 16 │ number u32                           self-describing
//!  38 replay       replay 16                                      self-describing
//!  39 backtest     backtest 16                                    self-describing
//!  3A …judgements  backtest 16 │ first sequence u64               self-describing: what its rule said
//!  40 audit        position u64                                   self-describing
//!  50 outbox       number u64                                     self-describing
//!  60 manifest     plugin, ended │ version…                       self-describing
//!  61 component    plugin, ended │ version…                       the bytes that were uploaded
//!  70 export run   export, ended │ run 16                         self-describing
//!  71 delivery     run 16 │ number u32                            self-describing
//!  72 schedule     export…                                        self-describing: up to when it was handled
//!  73 undelivered  run 16 │ number u32                            –
//!  74 open run     export, ended │ run 16                         –
//!  80 idempotency  key…                                           self-describing
//!  90 session      session 16                                     self-describing
//!  91 index        index u8 │ client, ended │ bank, ended │ of…   self-describing
//!  92 fetched      session 16 │ account u32 │ page u32 │ part u32 self-describing
//!  93 hub user     client, ended │ user…                          self-describing
//!  94 fetched page session 16 │ account u32 │ page u32            self-describing
//!  FF part         the key that was cut, without tenant │ u32     store: parts of long values
//! ```
//!
//! Numbers are big endian, so that keys are in the order of numbers. The tenant comes first, so
//! that no range of one tenant reaches another's; what belongs to the host is under tenant 0.
//! A text with `…` goes on to the end of the key; one that is "ended" has `00 FF` for each of its
//! zero bytes and ends with `00 01`, so that texts are in their own order and none is a prefix of another.

mod codec;
mod kind;
mod range;
mod record;
#[cfg(test)]
mod tests;

use codec::{Reader, Writer};
pub use record::{PageKey, Record, RunKey};

/// A tenant: a rising number, 0 for what belongs to the host itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub u64);

impl TenantId {
    /// Under which the host keeps what is no tenant's.
    pub const HOST: Self = Self(0);
}

/// A team: a number that rises within the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamId(pub u32);

/// A key of the store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// The key of a record.
    pub fn new(tenant: TenantId, record: &Record) -> Self {
        let key = match record {
            Record::Host { name } => Writer::new(tenant, kind::HOST).rest(name.as_bytes()),
            Record::Definition { kind, name } => Writer::new(tenant, kind::DEFINITION)
                .u8(*kind)
                .rest(name.as_bytes()),
            Record::ListVersion { list, version } => Writer::new(tenant, kind::LIST_VERSION)
                .ended(list.as_bytes())
                .u64(*version),
            Record::ListDiff {
                list,
                version,
                first,
            } => Writer::new(tenant, kind::LIST_DIFF)
                .ended(list.as_bytes())
                .u64(*version)
                .rest(first.as_bytes()),
            Record::ListPage { list, from } => Writer::new(tenant, kind::LIST_PAGE)
                .ended(list.as_bytes())
                .rest(from.as_bytes()),
            Record::Block { team, first } => {
                Writer::new(tenant, kind::BLOCK).u32(team.0).u64(*first)
            }
            Record::Judgements { team, rule, first } => Writer::new(tenant, kind::JUDGEMENTS)
                .u32(team.0)
                .ended(rule.as_bytes())
                .u64(*first),
            Record::CatchUp { team, rule } => Writer::new(tenant, kind::CATCH_UP)
                .u32(team.0)
                .rest(rule.as_bytes()),
            Record::Index { team } => Writer::new(tenant, kind::INDEX).u32(team.0),
            Record::Run(run) => Writer::new(tenant, kind::RUN).run(run),
            Record::RunGuide(run, part) => Writer::new(tenant, kind::RUN_GUIDE).run(run).u32(*part),
            Record::RunChunk(run, chunk) => {
                Writer::new(tenant, kind::RUN_CHUNK).run(run).u32(*chunk)
            }
            Record::Alert { alert, position } => {
                Writer::new(tenant, kind::ALERT).rest(alert).u64(*position)
            }
            Record::AlertIndex {
                index,
                value,
                alert,
            } => Writer::new(tenant, kind::ALERT_INDEX)
                .u8(*index)
                .ended(value)
                .rest(alert),
            Record::Finding { alert, number } => {
                Writer::new(tenant, kind::FINDING).rest(alert).u32(*number)
            }
            Record::AlertPart {
                alert,
                part,
                id,
                position,
            } => Writer::new(tenant, kind::ALERT_PART)
                .rest(alert)
                .u8(*part)
                .rest(id)
                .u64(*position),
            Record::Bulk { bulk } => Writer::new(tenant, kind::BULK).rest(bulk),
            Record::BulkAlerts { bulk } => Writer::new(tenant, kind::BULK_ALERTS).rest(bulk),
            Record::BulkOutcome { bulk, number } => Writer::new(tenant, kind::BULK_OUTCOME)
                .rest(bulk)
                .u32(*number),
            Record::Replay { replay } => Writer::new(tenant, kind::REPLAY).rest(replay),
            Record::Backtest { backtest } => Writer::new(tenant, kind::BACKTEST).rest(backtest),
            Record::BacktestJudgements { backtest, first } => {
                Writer::new(tenant, kind::BACKTEST_JUDGEMENTS)
                    .rest(backtest)
                    .u64(*first)
            }
            Record::Audit { position } => Writer::new(tenant, kind::AUDIT).u64(*position),
            Record::Outbox { number } => Writer::new(tenant, kind::OUTBOX).u64(*number),
            Record::PluginManifest { plugin, version } => Writer::new(tenant, kind::MANIFEST)
                .ended(plugin.as_bytes())
                .rest(version.as_bytes()),
            Record::PluginComponent { plugin, version } => Writer::new(tenant, kind::COMPONENT)
                .ended(plugin.as_bytes())
                .rest(version.as_bytes()),
            Record::ExportRun { export, run } => Writer::new(tenant, kind::EXPORT_RUN)
                .ended(export.as_bytes())
                .rest(run),
            Record::Delivery { run, number } => {
                Writer::new(tenant, kind::DELIVERY).rest(run).u32(*number)
            }
            Record::Undelivered { run, number } => Writer::new(tenant, kind::UNDELIVERED)
                .rest(run)
                .u32(*number),
            Record::OpenExportRun { export, run } => Writer::new(tenant, kind::OPEN_EXPORT_RUN)
                .ended(export.as_bytes())
                .rest(run),
            Record::ExportSchedule { export } => {
                Writer::new(tenant, kind::EXPORT_SCHEDULE).rest(export.as_bytes())
            }
            Record::Idempotency { key } => {
                Writer::new(tenant, kind::IDEMPOTENCY).rest(key.as_bytes())
            }
            Record::Session { session } => Writer::new(tenant, kind::SESSION).rest(session),
            Record::SessionIndex {
                index,
                client,
                bank,
                of,
            } => Writer::new(tenant, kind::SESSION_INDEX)
                .u8(*index)
                .ended(client.as_bytes())
                .ended(bank.as_bytes())
                .rest(of.as_bytes()),
            Record::Fetched(page, part) => Writer::new(tenant, kind::FETCHED).page(page).u32(*part),
            Record::HubUser { client, user } => Writer::new(tenant, kind::HUB_USER)
                .ended(client.as_bytes())
                .rest(user.as_bytes()),
            Record::FetchedPage(page) => Writer::new(tenant, kind::FETCHED_PAGE).page(page),
        };
        key.finish()
    }

    /// The tenant and the record of a key; `None` for parts, and for keys of a form that this release does not know.
    pub fn parse(bytes: &[u8]) -> Option<(TenantId, Record)> {
        let mut reader = Reader::new(bytes);
        let tenant = TenantId(reader.u64()?);
        let record = match reader.u8()? {
            kind::HOST => Record::Host {
                name: reader.text()?,
            },
            kind::DEFINITION => Record::Definition {
                kind: reader.u8()?,
                name: reader.text()?,
            },
            kind::LIST_VERSION => Record::ListVersion {
                list: reader.ended_text()?,
                version: reader.u64()?,
            },
            kind::LIST_DIFF => Record::ListDiff {
                list: reader.ended_text()?,
                version: reader.u64()?,
                first: reader.text()?,
            },
            kind::LIST_PAGE => Record::ListPage {
                list: reader.ended_text()?,
                from: reader.text()?,
            },
            kind::BLOCK => Record::Block {
                team: TeamId(reader.u32()?),
                first: reader.u64()?,
            },
            kind::JUDGEMENTS => Record::Judgements {
                team: TeamId(reader.u32()?),
                rule: reader.ended_text()?,
                first: reader.u64()?,
            },
            kind::CATCH_UP => Record::CatchUp {
                team: TeamId(reader.u32()?),
                rule: reader.text()?,
            },
            kind::INDEX => Record::Index {
                team: TeamId(reader.u32()?),
            },
            kind::RUN => Record::Run(reader.run()?),
            kind::RUN_GUIDE => Record::RunGuide(reader.run()?, reader.u32()?),
            kind::RUN_CHUNK => Record::RunChunk(reader.run()?, reader.u32()?),
            kind::ALERT => Record::Alert {
                alert: reader.id()?,
                position: reader.u64()?,
            },
            kind::ALERT_INDEX => Record::AlertIndex {
                index: reader.u8()?,
                value: reader.ended()?,
                alert: reader.id()?,
            },
            kind::FINDING => Record::Finding {
                alert: reader.id()?,
                number: reader.u32()?,
            },
            kind::ALERT_PART => Record::AlertPart {
                alert: reader.id()?,
                part: reader.u8()?,
                id: reader.id()?,
                position: reader.u64()?,
            },
            kind::BULK => Record::Bulk { bulk: reader.id()? },
            kind::BULK_ALERTS => Record::BulkAlerts { bulk: reader.id()? },
            kind::BULK_OUTCOME => Record::BulkOutcome {
                bulk: reader.id()?,
                number: reader.u32()?,
            },
            kind::REPLAY => Record::Replay {
                replay: reader.id()?,
            },
            kind::BACKTEST => Record::Backtest {
                backtest: reader.id()?,
            },
            kind::BACKTEST_JUDGEMENTS => Record::BacktestJudgements {
                backtest: reader.id()?,
                first: reader.u64()?,
            },
            kind::AUDIT => Record::Audit {
                position: reader.u64()?,
            },
            kind::OUTBOX => Record::Outbox {
                number: reader.u64()?,
            },
            kind::MANIFEST => Record::PluginManifest {
                plugin: reader.ended_text()?,
                version: reader.text()?,
            },
            kind::COMPONENT => Record::PluginComponent {
                plugin: reader.ended_text()?,
                version: reader.text()?,
            },
            kind::EXPORT_RUN => Record::ExportRun {
                export: reader.ended_text()?,
                run: reader.id()?,
            },
            kind::DELIVERY => Record::Delivery {
                run: reader.id()?,
                number: reader.u32()?,
            },
            kind::UNDELIVERED => Record::Undelivered {
                run: reader.id()?,
                number: reader.u32()?,
            },
            kind::OPEN_EXPORT_RUN => Record::OpenExportRun {
                export: reader.ended_text()?,
                run: reader.id()?,
            },
            kind::EXPORT_SCHEDULE => Record::ExportSchedule {
                export: reader.text()?,
            },
            kind::IDEMPOTENCY => Record::Idempotency {
                key: reader.text()?,
            },
            kind::SESSION => Record::Session {
                session: reader.id()?,
            },
            kind::SESSION_INDEX => Record::SessionIndex {
                index: reader.u8()?,
                client: reader.ended_text()?,
                bank: reader.ended_text()?,
                of: reader.text()?,
            },
            kind::FETCHED => Record::Fetched(reader.page()?, reader.u32()?),
            kind::HUB_USER => Record::HubUser {
                client: reader.ended_text()?,
                user: reader.text()?,
            },
            kind::FETCHED_PAGE => Record::FetchedPage(reader.page()?),
            _ => return None,
        };
        reader.at_end().then_some((tenant, record))
    }

    /// The key of a part of a long value. Keys of parts are the same only where key and number are.
    pub(super) fn part(whole: &Self, number: u32) -> Self {
        let (tenant, rest) = whole.0.split_at(size_of::<u64>());
        Self(
            [tenant, &[kind::PART], rest, &number.to_be_bytes()]
                .concat()
                .into(),
        )
    }

    /// Whether the key is that of a part of a long value.
    pub(super) fn is_part(bytes: &[u8]) -> bool {
        bytes.get(size_of::<u64>()) == Some(&kind::PART)
    }

    /// A key as an engine gave it back.
    pub(super) fn from_engine(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes, in whose order keys are.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Self::parse(&self.0) {
            Some((tenant, record)) => write!(out, "{tenant:?} {record:?}"),
            None => write!(out, "{:02x?}", self.0),
        }
    }
}
