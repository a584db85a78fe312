//! What keys stand for.

use super::TeamId;

/// What a key stands for, within its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A record of the host.
    Host {
        /// Which.
        name: String,
    },
    /// Something that the tenant defined: a team, a rule, an export.
    Definition {
        /// The kind of definition; the caller keeps the list.
        kind: u8,
        /// The name among its kind; names of things within things may have parts, `team/rule`.
        name: String,
    },
    /// What one change made of a list.
    ListVersion {
        /// The list's name.
        list: String,
        /// The version that came of it.
        version: u64,
    },
    /// Some of the entries that a version of a list added and removed, where they are many.
    ListDiff {
        /// The list's name.
        list: String,
        /// The version.
        version: u64,
        /// The first of these entries, in the order of their bytes.
        first: String,
    },
    /// Entries of a list that follow one another.
    ListPage {
        /// The list's name.
        list: String,
        /// Where the page begins: at this entry, or behind it.
        from: String,
    },
    /// Transactions of a team that were committed together.
    Block {
        /// Whose.
        team: TeamId,
        /// The sequence number of the first.
        first: u64,
    },
    /// How a rule caught up with what it could not judge, the last time that it was to.
    CatchUp {
        /// Whose.
        team: TeamId,
        /// The rule's name within the team.
        rule: String,
    },
    /// What a rule said of transactions of a team that were judged together.
    Judgements {
        /// Whose.
        team: TeamId,
        /// The rule's name within the team.
        rule: String,
        /// The sequence number of the first of which it said anything but clear.
        first: u64,
    },
    /// How far a team's indexes reach.
    Index {
        /// Whose.
        team: TeamId,
    },
    /// The header of a sorted run.
    Run(RunKey),
    /// A part of a run's fence and filter.
    RunGuide(RunKey, u32),
    /// Entries of a run.
    RunChunk(RunKey, u32),
    /// A version of an alert.
    Alert {
        /// The alert's id.
        alert: [u8; 16],
        /// The position in the tenant's order at which it became so.
        position: u64,
    },
    /// An alert under a value by which alerts are sought.
    AlertIndex {
        /// The kind of value; the caller keeps the list.
        index: u8,
        /// The value.
        value: Vec<u8>,
        /// The alert's id.
        alert: [u8; 16],
    },
    /// A finding that an alert holds.
    Finding {
        /// The alert's id.
        alert: [u8; 16],
        /// Rising from 0 within the alert.
        number: u32,
    },
    /// A version of a part of an alert.
    AlertPart {
        /// The alert's id.
        alert: [u8; 16],
        /// The kind of part; the caller keeps the list.
        part: u8,
        /// The part's id.
        id: [u8; 16],
        /// The position in the tenant's order at which it became so.
        position: u64,
    },
    /// A change of many alerts.
    Bulk {
        /// Its id.
        bulk: [u8; 16],
    },
    /// Which alerts are changed by it.
    BulkAlerts {
        /// The id of the change.
        bulk: [u8; 16],
    },
    /// What came of one of them.
    BulkOutcome {
        /// The id of the change.
        bulk: [u8; 16],
        /// Which of its alerts.
        number: u32,
    },
    /// A replay of many alerts.
    Replay {
        /// Its id.
        replay: [u8; 16],
    },
    /// A rule over stored history.
    Backtest {
        /// Its id.
        backtest: [u8; 16],
    },
    /// What its rule said of some transactions.
    BacktestJudgements {
        /// The id of the backtest.
        backtest: [u8; 16],
        /// The sequence number of the first of which it said anything but clear.
        first: u64,
    },
    /// Who did what.
    Audit {
        /// The position in the tenant's order.
        position: u64,
    },
    /// Something to deliver.
    Outbox {
        /// Rising.
        number: u64,
    },
    /// What a plugin says of itself.
    PluginManifest {
        /// The plugin's name.
        plugin: String,
        /// Its version.
        version: String,
    },
    /// A plugin's component.
    PluginComponent {
        /// The plugin's name.
        plugin: String,
        /// Its version.
        version: String,
    },
    /// A run of an export.
    ExportRun {
        /// The export's name.
        export: String,
        /// The run's id.
        run: [u8; 16],
    },
    /// A delivery of a run's file.
    Delivery {
        /// The run's id.
        run: [u8; 16],
        /// Its place among the deliveries of the run.
        number: u32,
    },
    /// Says that a delivery is pending.
    Undelivered {
        /// The run's id.
        run: [u8; 16],
        /// The delivery's place among those of the run.
        number: u32,
    },
    /// Says that a run of an export is not over, or that its file is kept.
    OpenExportRun {
        /// The export's name.
        export: String,
        /// The run's id.
        run: [u8; 16],
    },
    /// Up to when the schedule of an export was handled.
    ExportSchedule {
        /// The export's name.
        export: String,
    },
    /// What was answered to a request that may come again.
    Idempotency {
        /// The key that the request carried, with whatever makes it unique in the tenant.
        key: String,
    },
    /// An account-aggregation session.
    Session {
        /// The session's id.
        session: [u8; 16],
    },
    /// What is known of sessions under a name that a client gave.
    SessionIndex {
        /// What the name is of; the caller keeps the list.
        index: u8,
        /// The client's id.
        client: String,
        /// The bank's id; empty where the name is of no bank.
        bank: String,
        /// The name.
        of: String,
    },
    /// Some of the transactions that a session fetched.
    Fetched(PageKey, u32),
    /// Who the user of a client is within the hub.
    HubUser {
        /// The client's id.
        client: String,
        /// By which the client calls the user.
        user: String,
    },
    /// A page of transactions that a session fetched.
    FetchedPage(PageKey),
}

/// A page of an account's history in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageKey {
    /// The session's id.
    pub session: [u8; 16],
    /// The account's place among those of the session.
    pub account: u32,
    /// The page's number.
    pub page: u32,
}

/// A sorted run of one of a team's indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey {
    /// Whose.
    pub team: TeamId,
    /// Which of the team's indexes.
    pub index: u8,
    /// Rising within the team.
    pub run: u64,
}
