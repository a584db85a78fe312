//! The sixteen alert types that every tenant has.

/// An alert type that every tenant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertType {
    /// As `incident_type` has it.
    pub name: &'static str,
    /// What it says of a customer.
    pub description: &'static str,
}

/// The alert types that every tenant has.
pub const DEFAULT_TYPES: [AlertType; 16] = [
    AlertType {
        name: "adverse_news_blacklist_hit",
        description: "The customer was found in adverse news.",
    },
    AlertType {
        name: "obligated_subject_blacklist_hit",
        description: "The customer was found on a list of supervised entities.",
    },
    AlertType {
        name: "pep_blacklist_hit",
        description: "The customer was found on a list of politically exposed persons.",
    },
    AlertType {
        name: "sanctioned_blacklist_hit",
        description: "The customer was found on a sanctions list.",
    },
    AlertType {
        name: "terrorist_blacklist_hit",
        description: "The customer was found on a terrorism list.",
    },
    AlertType {
        name: "wanted_blacklist_hit",
        description: "The customer was found on a list of wanted persons.",
    },
    AlertType {
        name: "other_blacklist_hit",
        description: "The customer was found on a watch list of another kind.",
    },
    AlertType {
        name: "trx_aml_alert",
        description: "Transactions that may be money laundering or terrorist financing.",
    },
    AlertType {
        name: "trx_fraud_alert",
        description: "Transactions that may be fraud.",
    },
    AlertType {
        name: "trx_normative_alert",
        description: "Transactions that are not unusual and must be looked at all the same.",
    },
    AlertType {
        name: "doc_due",
        description: "A document of the customer has expired.",
    },
    AlertType {
        name: "doc_missing",
        description: "A required document of the customer is missing.",
    },
    AlertType {
        name: "doc_notice",
        description: "A document of the customer is about to expire.",
    },
    AlertType {
        name: "due_diligence",
        description: "What is known of the customer must be brought up to date.",
    },
    AlertType {
        name: "high_risk",
        description: "The customer's risk is high, or has risen unusually.",
    },
    AlertType {
        name: "other",
        description: "Anything else.",
    },
];

/// The default alert type of this name.
pub fn default_type(name: &str) -> Option<&'static AlertType> {
    const TYPES: &[AlertType] = &DEFAULT_TYPES;
    TYPES.iter().find(|alert_type| alert_type.name == name)
}

/// Whether alerts of this type carry the payloads of their transactions in `info.transactions`.
pub fn is_transaction_type(name: &str) -> bool {
    matches!(
        name,
        "trx_aml_alert" | "trx_fraud_alert" | "trx_normative_alert"
    )
}
