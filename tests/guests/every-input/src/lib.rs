//! A rule that wants every kind of input, and says all that it sees.

use vervet_sdk::{Finding, Inputs, Level, RecentRow, Timestamp, log, rule};

/// What a team configures.
#[vervet_sdk::config]
pub struct Config {
    /// The tenant's list of countries.
    pub list: String,
    /// The field whose value makes one card of many.
    pub card: String,
    /// From this amount on a transaction is large.
    pub large: f64,
}

/// A transaction of the past.
#[derive(RecentRow)]
pub struct Before<'a> {
    amount: f64,
    items: i64,
    #[row(field = "country")]
    where_to: &'a str,
    cash: bool,
    opened: Option<Timestamp>,
}

/// Every kind of input.
#[derive(Inputs)]
#[inputs(config = Config)]
pub struct Seen<'a> {
    amount: f64,
    items: i64,
    country: &'a str,
    cash: bool,
    opened: Option<Timestamp>,
    date_time: Timestamp,
    #[input(count, over = "1d")]
    day: u64,
    #[input(sum("amount"), over = "1d", when = "amount >= {config.large} && amount != 12 && cash == true")]
    cash_sum: f64,
    #[input(mean("amount"), over = "7d", delay = "1h", when = "country == current")]
    mean: Option<f64>,
    #[input(min("amount"), over = "7d", by = &config.card, when = "country != 'XX' && items > -1")]
    least: Option<f64>,
    #[input(max("amount"), over = "7d", by = &config.card, when = "items <= 9 && amount < 1000000.5")]
    most: Option<f64>,
    #[input(std_dev("amount"), over = "7d")]
    spread: Option<f64>,
    #[input(distinct("country"), over = "2w")]
    countries: u64,
    #[input(recent, over = "2w", limit = 2)]
    before: Vec<Before<'a>>,
    #[input(recent("country"), over = "2w", by = &config.card, limit = 3)]
    card_countries: Vec<&'a str>,
    #[input(in_list(&config.list), field = "country")]
    listed: bool,
}

/// Every input
///
/// Says all that it sees of each transaction.
#[rule(alert_type = "other", severity = "low", priority = "medium")]
pub fn every_input(config: &Config, seen: &Seen<'_>) -> Result<Vec<Finding>, String> {
    log::debug("a transaction is judged");
    if seen.items < 0 {
        return Err(format!("{} items cannot be", seen.items));
    }
    let opened = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let before = seen.before.iter().map(|row| {
        format!(
            "{} {} {} {} {}",
            row.amount,
            row.items,
            row.where_to,
            row.cash,
            opened(row.opened).unwrap_or_default()
        )
    });
    let all = Finding::new(format!("{:.2} to {}", seen.amount, seen.country))
        .label("everything")
        .info("amount", seen.amount)
        .info("items", seen.items)
        .info("country", seen.country)
        .info("cash", seen.cash)
        .info("opened", opened(seen.opened))
        .info("date_time", seen.date_time.to_string())
        .info("day", seen.day)
        .info("cash_sum", seen.cash_sum)
        .info("mean", seen.mean)
        .info("least", seen.least)
        .info("most", seen.most)
        .info("spread", seen.spread)
        .info("countries", seen.countries)
        .info("before", before.collect::<Vec<_>>())
        .info("card_countries", &seen.card_countries)
        .info("listed", seen.listed);
    let mut findings = vec![all];
    if seen.listed && seen.amount >= config.large {
        let listed = Finding::new("Much to a country on the list")
            .severity(Level::High)
            .priority(Level::High)
            .score(seen.amount / config.large)
            .label("country")
            .label("large");
        findings.push(listed);
    }
    Ok(findings)
}
