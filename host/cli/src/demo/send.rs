//! Days of transactions, through the API: one batch for each team and day, as a tenant's own systems post them.

use std::time::Instant;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;

use super::notebook::Notebook;
use super::world::{self, TeamName};
use console::client::Client;
use console::print;

/// Where nobody watches a bar, there is a line for each so many days.
const DAYS_PER_LINE: u32 = 7;

/// Posts the days that follow the last posted one, so many at most, up to yesterday.
pub(super) async fn days(
    client: &Client,
    notebook: &mut Notebook,
    days: u32,
    today: Date,
) -> anyhow::Result<()> {
    let days = days.min(notebook.days_left(today));
    if days == 0 {
        return Ok(print::line("All days up to yesterday are posted")?);
    }
    print::line(format_args!(
        "Posting the transactions of {days} days, from {} on",
        notebook.date_of(notebook.notes.next_day)
    ))?;
    let bar = bar(days);
    let begun = Instant::now();
    let mut transactions = 0;
    for done in 1..=days {
        let day = notebook.notes.next_day;
        for team in TeamName::ALL {
            transactions += post(client, notebook, team, day).await?;
        }
        // A day that was posted and is not noted is posted again: all of it is a repeat.
        notebook.notes.next_day += 1;
        notebook.save()?;
        bar.inc(1);
        bar.set_message(format!("{} transactions", print::grouped(transactions)));
        if bar.is_hidden() && (done % DAYS_PER_LINE == 0 || done == days) {
            print::line(format_args!(
                "  day {done} of {days}: {} transactions so far",
                print::grouped(transactions)
            ))?;
        }
    }
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    print::line(format_args!(
        "{} transactions were judged and stored in {seconds:.1} s",
        print::grouped(transactions)
    ))?;
    Ok(())
}

fn bar(days: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("  {bar:40} day {pos} of {len}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(days.into()).with_style(style)
}

/// Answers how many there were.
async fn post(
    client: &Client,
    notebook: &Notebook,
    team: TeamName,
    day: u32,
) -> anyhow::Result<u64> {
    let key = notebook.notes.keys.get(team.as_str());
    let client = client.with_token(key.context("a team has no key in demo.json")?);
    let date = notebook.date_of(day);
    let body = world::day(team, day, date);
    let answer = client
        .upload(
            "/v1/transactions/batch",
            "application/x-ndjson",
            body.into(),
        )
        .await?
        .json()?;
    let count = |member: &str| answer[member].as_u64().unwrap_or_default();
    if count("rejected") > 0 {
        let results = answer["results"].as_array().map_or(&[][..], Vec::as_slice);
        let refused = results.iter().find(|result| result["errors"].is_array());
        bail!(
            "the host refused {} transactions of {}, such as {}",
            count("rejected"),
            date,
            refused.unwrap_or(&answer)
        );
    }
    Ok(count("accepted") + count("duplicates"))
}
