//! Why alerts cannot be filtered so, as pages say it: addresses of pages name their parameters in their own way.

use app::alerts::FilterError;
use app::alerts::export::ExportAlertsError;
use app::alerts::search::SearchAlertsError;
use axum::http::StatusCode;
use engine::lane::UnknownValue;

use crate::failure::Failure;

impl From<FilterError> for Failure {
    fn from(error: FilterError) -> Self {
        match &error {
            FilterError::Unknown(values) => {
                let details: Vec<String> = values.iter().map(UnknownValue::detail).collect();
                Self::new(StatusCode::BAD_REQUEST, details.join(". "))
            }
            FilterError::TextTooLong => Self::new(StatusCode::BAD_REQUEST, error.to_string()),
            FilterError::NotWhole(_) | FilterError::Read(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
        }
    }
}

impl From<SearchAlertsError> for Failure {
    fn from(error: SearchAlertsError) -> Self {
        match error {
            SearchAlertsError::Filter(error) => error.into(),
            SearchAlertsError::Forbidden(error) => error.into(),
            SearchAlertsError::Read(error) => error.into(),
            SearchAlertsError::ForeignCursor(_) => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
        }
    }
}

impl From<ExportAlertsError> for Failure {
    fn from(error: ExportAlertsError) -> Self {
        let status = match error {
            ExportAlertsError::Filter(error) => return error.into(),
            ExportAlertsError::Forbidden(_) | ExportAlertsError::Revoked(_) => {
                StatusCode::FORBIDDEN
            }
            ExportAlertsError::NoSuchFormatter { .. } | ExportAlertsError::NoSuchExport(_) => {
                StatusCode::BAD_REQUEST
            }
            ExportAlertsError::NoUsualFormatter | ExportAlertsError::Formatter(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            ExportAlertsError::NotWhole(_)
            | ExportAlertsError::Read(_)
            | ExportAlertsError::Button(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}
