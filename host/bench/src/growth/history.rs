//! A backtest of the five rules over everything, beside the first tenth.

use std::path::PathBuf;

use super::super::backtest::Subject;
use super::super::figure::{Figure, Target};
use super::super::measure::median;
use super::grown::{Grown, config};
use super::progress::Progress;
use base::background;
use base::grouped::grouped;
use config::Config;
use server::{Administrator, RunningHost};
use tenant::credential::{Credential, CredentialKind};

const ROUNDS: usize = 3;

/// Stops the host, and judges from this process. Returns the directory, too.
pub(super) async fn measure(grown: Grown) -> anyhow::Result<(PathBuf, Vec<Figure>)> {
    let Grown {
        host, folder, plan, ..
    } = grown;
    host.stop()?;
    let mut config_of_host = Config {
        listen: "127.0.0.1:0".to_owned(),
        data: folder.clone(),
        ..Config::default()
    };
    if let Some(mib) = plan.window_mib {
        config_of_host.lanes.window_mib = mib as usize;
    }
    let administrator = Administrator::Given(Credential::generate(CredentialKind::HostToken));
    let (host, _) = RunningHost::start(config_of_host, administrator).await?;
    let rates = rates(&host, plan.rows / 10, plan.rows).await;
    host.stop().await;
    let (few, many) = rates?;
    let figure = Figure {
        what: format!(
            "growth, {}: five rules over all that is stored",
            plan.title()
        ),
        measured: format!("{many:.0} transactions a second"),
        yardstick: format!(
            "{few:.0} a second over the first {}",
            grouped(plan.rows / 10)
        ),
        value: many / few,
        target: Target::AtLeast(0.8, "of the rate"),
    };
    Ok((folder, vec![figure]))
}

/// Transactions a second over the first few and over many of them, judged in turns.
async fn rates(host: &RunningHost, few: u64, many: u64) -> anyhow::Result<(f64, f64)> {
    let subject = Subject::of(host, config).await?;
    let (mut rates_few, mut rates_many) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        Progress::say(format_args!("backtest, round {round} of {ROUNDS}"));
        for (rows, rates) in [(few, &mut rates_few), (many, &mut rates_many)] {
            let subject = subject.clone();
            let judging = background::run("backtest", move || subject.judge(rows)).await??;
            rates.push(judging.rate);
        }
    }
    Ok((median(rates_few), median(rates_many)))
}
