//! A backtest beside the rule that it is compared with.

use std::sync::Arc;

use app::App;
use app::backtest::SeenBacktest;
use app::backtest::compare;
use app::backtest::read::BacktestName;
use app::caller::Caller;
use maud::{Markup, html};

use super::page::over;
use crate::failure::Failure;
use crate::rules::{samples, side_by_side};
use crate::text::EN;
use crate::when::Zone;

/// The comparison; nothing where the backtest names no rule.
pub(super) async fn section(
    app: &Arc<App>,
    caller: &Caller,
    name: &BacktestName,
    seen: &SeenBacktest,
) -> Result<Markup, Failure> {
    let text = &EN.backtests;
    if seen.record.trial.compare_with.is_none() {
        return Ok(html! {});
    }
    let compared = compare::compare(app, caller, name, None).await?;
    let (one, other) = (text.this, &*compared.with);
    Ok(html! {
        section.card aria-labelledby="comparison" {
            h2 #comparison { ((text.compared)(other)) }
            p.note {
                (over(compared.over))
                @if compared.is_cut { ". " (text.is_cut) }
            }
            @if compared.sequences.is_empty() {
                p.empty { (EN.comparison.no_transactions) }
            } @else {
                (side_by_side::counts(&compared.counts, one, other))
                (side_by_side::by_day(&compared.counts, one, other))
            }
        }
        (samples::section(&compared.samples, one, other, &Zone::of(caller)))
    })
}
