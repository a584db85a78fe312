//! Fetched transactions on their way to a team.

use std::sync::Arc;
use std::time::Duration;

use domain::payload::{Fault, PayloadSchema};
use domain::session::Account;
use domain::time::Timestamp;
use jiff::tz::TimeZone;

use super::fetched::FetchedTransaction;
use super::mapping::{Mapping, Origin};
use super::pages::{PageMonitoring, RefusedTransaction};
use super::record::SessionRecord;
use super::txn_id::txn_id_of_0_1_0;
use engine::lane::{Ingested, Lane, LaneError, NewIngest, Posted, TeamView};
use ingest::{KeyedHash, Payload, same_content};
use store::StoreError;
use tenant::Authority;

/// How many transactions go to the lane together, so that what others post comes in between.
const CHUNK: usize = 256;
/// How long to wait before a full lane is asked again.
const RETRY: Duration = Duration::from_millis(2);

/// Puts fetched transactions into a team's order, as the tenant's settings say.
pub struct Monitor {
    lane: Arc<Lane>,
    /// Who brings the transactions.
    by: Authority,
    team: u32,
    team_name: String,
    schema: Arc<PayloadSchema>,
    keyed_hash: KeyedHash,
    mapping: Mapping,
}

impl Monitor {
    /// As the tenant's settings say; none if they name no team that can take transactions.
    pub fn of(lane: &Arc<Lane>, by: Authority) -> Option<Self> {
        let definitions = lane.definitions();
        let settings = definitions.session_settings.iter().next()?;
        let team = definitions.teams.get(settings.team.as_deref()?)?;
        let schema = team.schema()?;
        let tenant = definitions.tenant()?;
        let zone = TimeZone::get(&tenant.timezone).unwrap_or(TimeZone::UTC);
        Some(Self {
            lane: lane.clone(),
            by,
            team: team.id,
            team_name: team.name.clone(),
            mapping: Mapping::new(settings, schema.clone(), zone),
            schema,
            keyed_hash: KeyedHash::new(&tenant.hash_key),
        })
    }

    /// Has the transactions of an account judged, in their order; answers when all are durable. Judged before, they are
    /// duplicates.
    ///
    /// # Errors
    /// Where the lane cannot take them; some may have been judged.
    pub async fn judge(
        &self,
        session: &SessionRecord,
        account: &Account,
        transactions: &[FetchedTransaction],
        received_at: Timestamp,
    ) -> Result<PageMonitoring, LaneError> {
        let mut monitoring = PageMonitoring {
            team: self.team_name.clone(),
            ..PageMonitoring::default()
        };
        let origin = Origin {
            bank: &session.bank,
            user: &session.user,
            account,
        };
        let team = self.lane.team(self.team).await?;
        for chunk in transactions.chunks(CHUNK) {
            let (mut posted, mut ids, mut bytes) = (Vec::new(), Vec::new(), 0);
            let judged = self.judged_by_0_1_0(&team, origin, chunk).await?;
            for (transaction, was_judged) in chunk.iter().zip(judged) {
                if was_judged {
                    monitoring.duplicates += 1;
                    continue;
                }
                let payload = Payload::Json(self.mapping.payload(origin, transaction));
                match payload.read(&self.schema, &self.keyed_hash) {
                    Ok(read) => {
                        bytes += payload.len();
                        ids.push(&transaction.id);
                        posted.push(Posted {
                            payload,
                            transaction: read,
                        });
                    }
                    Err(faults) => monitoring.refuse(account, &transaction.id, faults),
                }
            }
            let ingest = NewIngest {
                by: self.by.clone(),
                team: self.team,
                posted,
                bytes,
                received_at,
            };
            for (id, ingested) in ids.into_iter().zip(self.ingest(ingest).await?) {
                monitoring.count(account, id, ingested);
            }
        }
        Ok(monitoring)
    }

    /// For each transaction, whether the team has it under the id that version 0.1.0 gave it, with the same content. Nothing
    /// writes such ids any more, so what is durable is all that there is.
    async fn judged_by_0_1_0(
        &self,
        team: &Arc<TeamView>,
        origin: Origin<'_>,
        transactions: &[FetchedTransaction],
    ) -> Result<Vec<bool>, LaneError> {
        let ids = transactions
            .iter()
            .map(|one| txn_id_of_0_1_0(origin, &one.id));
        let (ids, team): (Vec<String>, _) = (ids.collect(), team.clone());
        let found = tokio::task::spawn_blocking(move || {
            let found = ids.into_iter().map(|id| team.find(&id));
            found.collect::<Result<Vec<_>, StoreError>>()
        });
        let found = found.await;
        let found = found.map_err(|error| LaneError::NotDurable(error.to_string()))??;
        let was_judged = found.into_iter().zip(transactions).map(|(stored, one)| {
            stored.is_some_and(|stored| {
                let id = stored.transaction.txn_id.as_str().to_owned();
                let again = Payload::Json(self.mapping.payload_as(id, origin, one));
                let again = again.read(&stored.transaction.schema, &self.keyed_hash);
                again.is_ok_and(|again| same_content(&again, &stored.transaction))
            })
        });
        Ok(was_judged.collect())
    }

    async fn ingest(&self, mut ingest: NewIngest) -> Result<Vec<Ingested>, LaneError> {
        if ingest.posted.is_empty() {
            return Ok(Vec::new());
        }
        loop {
            match self.lane.submit(ingest) {
                Ok(answered) => return answered.await.unwrap_or(Err(LaneError::Stopping)),
                Err(refused) => {
                    ingest = refused;
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

impl PageMonitoring {
    fn count(&mut self, account: &Account, id: &str, ingested: Ingested) {
        match ingested {
            Ingested::Accepted(receipt) => {
                self.accepted += 1;
                let alerts = receipt.outcome.alerts.iter().map(|alert| alert.id);
                self.alerts.extend(alerts);
            }
            Ingested::Duplicate(_) => self.duplicates += 1,
            Ingested::Conflict => self.refused.push(RefusedTransaction {
                account: account.id.clone(),
                transaction: id.to_owned(),
                faults: vec![(
                    String::new(),
                    "conflict".to_owned(),
                    "the team has this transaction with other content".to_owned(),
                )],
            }),
            Ingested::Refused(faults) => self.refuse(account, id, faults),
        }
    }

    fn refuse(&mut self, account: &Account, id: &str, faults: Vec<Fault>) {
        let faults = faults.into_iter().map(|fault| {
            let reason = fault.reason.as_str().to_owned();
            (fault.field, reason, fault.detail)
        });
        self.refused.push(RefusedTransaction {
            account: account.id.clone(),
            transaction: id.to_owned(),
            faults: faults.collect(),
        });
    }
}
