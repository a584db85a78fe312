//! How far a session is, in the form that the store keeps.

use domain::session::{
    Account, Balance, Decimal, Digest, End, Failure, FailureStage, History, Session, SessionKind,
};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[derive(Serialize, Deserialize)]
struct StateForm {
    refresh: bool,
    started_on: DateForm,
    months: u32,
    code: Option<Digest>,
    accounts: Option<Vec<AccountForm>>,
    is_complete: bool,
    end: Option<EndForm>,
}

#[derive(Serialize, Deserialize)]
struct AccountForm {
    id: String,
    iban: Option<String>,
    name: Option<String>,
    currency: String,
    balances: Vec<BalanceForm>,
    reaches_to: Option<DateForm>,
    is_whole: bool,
}

#[derive(Serialize, Deserialize)]
struct BalanceForm {
    kind: String,
    amount: String,
    currency: String,
    on: Option<DateForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
enum EndForm {
    Finished,
    TakenBack,
    Failed {
        stage: StageForm,
        reason: Option<String>,
    },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StageForm {
    Authorization,
    Accounts,
    Transactions,
}

/// A day as `2024-02-29`.
struct DateForm(Date);

impl Serialize for DateForm {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DateForm {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

pub(super) fn serialize<S: Serializer>(session: &Session, out: S) -> Result<S::Ok, S::Error> {
    let accounts = session.accounts.as_ref().map(|accounts| {
        let accounts = accounts.iter().map(|(account, history)| AccountForm {
            id: account.id.clone(),
            iban: account.iban.clone(),
            name: account.name.clone(),
            currency: account.currency.clone(),
            balances: account.balances.iter().map(BalanceForm::of).collect(),
            reaches_to: history.reaches_to.map(DateForm),
            is_whole: history.is_whole,
        });
        accounts.collect()
    });
    let end = session.end.as_ref().map(|end| match end {
        End::Finished => EndForm::Finished,
        End::TakenBack => EndForm::TakenBack,
        End::Failed(failure) => EndForm::Failed {
            stage: match failure.stage {
                FailureStage::Authorization => StageForm::Authorization,
                FailureStage::Accounts => StageForm::Accounts,
                FailureStage::Transactions => StageForm::Transactions,
            },
            reason: failure.reason.clone(),
        },
    });
    let form = StateForm {
        refresh: session.kind == SessionKind::Refresh,
        started_on: DateForm(session.started_on),
        months: session.months,
        code: session.code,
        accounts,
        is_complete: session.is_complete,
        end,
    };
    form.serialize(out)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(form: D) -> Result<Session, D::Error> {
    let form = StateForm::deserialize(form)?;
    let accounts = form.accounts.map(|accounts| {
        let accounts = accounts.into_iter().map(AccountForm::account);
        accounts.collect::<Result<Vec<_>, _>>()
    });
    let end = form.end.map(|end| match end {
        EndForm::Finished => End::Finished,
        EndForm::TakenBack => End::TakenBack,
        EndForm::Failed { stage, reason } => End::Failed(Failure {
            stage: match stage {
                StageForm::Authorization => FailureStage::Authorization,
                StageForm::Accounts => FailureStage::Accounts,
                StageForm::Transactions => FailureStage::Transactions,
            },
            reason,
        }),
    });
    Ok(Session {
        kind: if form.refresh {
            SessionKind::Refresh
        } else {
            SessionKind::Consent
        },
        started_on: form.started_on.0,
        months: form.months,
        code: form.code,
        accounts: accounts.transpose().map_err(de::Error::custom)?,
        is_complete: form.is_complete,
        end,
    })
}

impl BalanceForm {
    fn of(balance: &Balance) -> Self {
        Self {
            kind: balance.kind.clone(),
            amount: balance.amount.to_string(),
            currency: balance.currency.clone(),
            on: balance.on.map(DateForm),
        }
    }
}

impl AccountForm {
    fn account(self) -> Result<(Account, History), domain::session::NotDecimal> {
        let balances = self.balances.into_iter().map(|balance| {
            Ok(Balance {
                kind: balance.kind,
                amount: Decimal::new(&balance.amount)?,
                currency: balance.currency,
                on: balance.on.map(|DateForm(day)| day),
            })
        });
        let account = Account {
            id: self.id,
            iban: self.iban,
            name: self.name,
            currency: self.currency,
            balances: balances.collect::<Result<_, _>>()?,
        };
        let history = History {
            reaches_to: self.reaches_to.map(|DateForm(day)| day),
            is_whole: self.is_whole,
        };
        Ok((account, history))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Kept(#[serde(with = "super")] Session);

    #[test]
    fn a_session_is_read_as_it_was_written() {
        let check = |session: Session| {
            let kept = Kept(session);
            let written = serde_json::to_vec(&kept).expect("a session is written");
            let read: Kept = serde_json::from_slice(&written).expect("a session is read");
            assert_eq!(read, kept);
        };
        let mut session = Session::new(SessionKind::Consent, date(2024, 2, 29), 13);
        check(session.clone());
        session.code([7; 32]).expect("a code");
        let balance = Balance {
            kind: "booked".to_owned(),
            amount: Decimal::new("-0.50").expect("a decimal"),
            currency: "PLN".to_owned(),
            on: Some(date(2024, 2, 28)),
        };
        let account = Account {
            id: "a".to_owned(),
            iban: Some("PL61".to_owned()),
            name: None,
            currency: "PLN".to_owned(),
            balances: vec![balance],
        };
        session.read_accounts(vec![account]).expect("accounts");
        check(session.clone());
        let failure = Failure {
            stage: FailureStage::Transactions,
            reason: Some("timeout".to_owned()),
        };
        session.fail(failure).expect("a failure");
        check(session.clone());
        session.take_back();
        check(session);
        check(Session::new(SessionKind::Refresh, date(2024, 2, 29), 1));
    }
}
