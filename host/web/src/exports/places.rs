//! Where files go, and how far that is.

use app::caller::Caller;
use app::exports::runs::RunView;
use app::exports::webhook_secret::DEFAULT_OVERLAP_SECONDS;
use domain::time::Timestamp;
use export::{DeliveryRecord, DeliveryState};
use maud::{Markup, html};
use tenant::{Delivery, Export, Permission, SendBody};

use super::runs::can_retry;
use crate::elements::asking;
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// For how many hours a replaced secret can go on signing.
const OVERLAPS: [u64; 4] = [0, 1, DEFAULT_OVERLAP_SECONDS / 3_600, 7 * 24];

/// A state, as text with a shape.
pub(super) fn state(delivery: &DeliveryRecord) -> Markup {
    let text = &EN.exports;
    let (class, shape, title) = match &delivery.state {
        DeliveryState::Pending if delivery.attempts > 0 => ("state bad", "▲", text.failing),
        DeliveryState::Pending => ("state", "◐", text.pending),
        DeliveryState::Delivered => ("state good", "●", text.delivered),
        DeliveryState::Failed { .. } => ("state bad", "▲", text.failed),
        DeliveryState::Superseded { .. } => ("state closed", "▽", text.superseded),
        DeliveryState::Stopped { .. } => ("state warn", "■", text.stopped),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (title) } }
}

/// The first word of a place: `webhook`, `directory`, or the address of a bucket.
pub(super) fn kind(place: &str) -> &str {
    place.split(' ').next().unwrap_or(place)
}

/// The places of an export, each with what it got last.
pub(super) fn section(caller: &Caller, export: &Export, newest: &[RunView], zone: &Zone) -> Markup {
    let text = &EN.exports;
    html! {
        section.card aria-labelledby="places" {
            h2 #places { (text.places) }
            @if export.deliveries.is_empty() { p.empty { (text.no_places) } }
            @for delivery in &export.deliveries {
                @let place = delivery.place();
                @let mut deliveries = newest.iter().flat_map(|view| &view.deliveries);
                @let last = deliveries.find(|delivery| delivery.place == place);
                article.place {
                    p {
                        strong { (place) }
                        @if let Delivery::Webhook { send, .. } = delivery {
                            " " span.note {
                                @match send { SendBody::File => (text.sends_file), SendBody::Notice => (text.sends_notice) }
                            }
                        }
                    }
                    p.note {
                        (text.last_delivery) ": "
                        @if last.is_none() { (text.nothing_sent) }
                    }
                    @if let Some(last) = last { (progress(caller, last, zone)) }
                    @if let Delivery::Webhook { url, .. } = delivery {
                        @if caller.may(Permission::ExportWrite) { (new_secret(export, url)) }
                    }
                }
            }
        }
    }
}

/// How far a delivery is, and another try.
pub(super) fn progress(caller: &Caller, delivery: &DeliveryRecord, zone: &Zone) -> Markup {
    let text = &EN.exports;
    let time = |micros: i64| zone.time(Timestamp::from_micros(micros));
    let reason = match &delivery.state {
        DeliveryState::Failed { reason } | DeliveryState::Stopped { reason } => Some(&**reason),
        DeliveryState::Superseded { .. } => Some(text.newer),
        DeliveryState::Pending | DeliveryState::Delivered => None,
    };
    let to = format!(
        "/exports/{}/runs/{}/retry/{}",
        delivery.export, delivery.run, delivery.number
    );
    html! {
        p {
            (state(delivery))
            " · " ((text.attempts)(delivery.attempts))
            @if let Some(at) = delivery.delivered_at.or(delivery.last_try_at) { " · " (time(at)) }
            @if let Some(at) = delivery.next_try_at { " · " (text.next_try) " " (time(at)) }
        }
        @if let Some(reason) = reason { p { (reason) } }
        @if let Some(answer) = &delivery.last_answer {
            @if reason != Some(answer) { p.note { (answer) } }
        }
        @if can_retry(&delivery.state) && caller.may(Permission::ExportWrite) {
            form action=(once(&to)) method="post" {
                button type="submit" aria-label={ (text.retry) ": " (delivery.place) } { (text.retry) }
            }
        }
    }
}

/// The form that makes a new secret of a webhook.
fn new_secret(export: &Export, url: &str) -> Markup {
    let text = &EN.exports;
    let form = html! {
        form.stack action=(once(&format!("/exports/{}/secret", export.name))) method="post" {
            input type="hidden" name="url" value=(url);
            label {
                (text.overlap)
                select name="hours" {
                    @for hours in OVERLAPS {
                        option value=(hours) selected[hours * 3_600 == DEFAULT_OVERLAP_SECONDS] {
                            @if hours == 0 { (text.overlap_none) } @else { ((text.overlap_hours)(hours)) }
                        }
                    }
                }
            }
            button.danger type="submit" { (text.new_secret) }
        }
    };
    asking(text.new_secret, text.new_secret_question, &form)
}
