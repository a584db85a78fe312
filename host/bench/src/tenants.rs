//! Many tenants, each with a plugin of its own: how long a start takes, and the memory of each.

use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::{BufMut, Bytes, BytesMut};

use super::figure::{Figure, Target};
use super::host::ServedHost;
use super::load::{self, Posting};
use super::tenant::Tenant;
use super::{Setting, runtime};

const RULE: &str = "large-amount";

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let folder = setting.folder("tenants")?;
    let count = setting.amount(1_000);
    let component = setting.plugins.component(RULE)?;

    let host = ServedHost::start(&folder)?;
    let keys = runtime.block_on(async {
        let administrator = host.client()?;
        let mut keys = Vec::new();
        for number in 0..count {
            let tenant = Tenant::create(&administrator, &format!("tenant-{number}")).await?;
            tenant.install(RULE, own(&component, number)).await?;
            keys.push(tenant.key().to_owned());
        }
        anyhow::Ok(keys)
    })?;
    host.stop()?;

    let begun = Instant::now();
    let host = ServedHost::start(&folder)?;
    let start = begun.elapsed().as_secs_f64();
    let before = Memory::of(&host)?;
    let begun = Instant::now();
    let address = host.address()?;
    runtime.block_on(async {
        for (key, number) in keys.into_iter().zip(1..) {
            let posting = Posting {
                address,
                key,
                connections: 1,
                time: Duration::ZERO,
            };
            load::post_one(&posting, number).await?;
        }
        anyhow::Ok(())
    })?;
    let first = begun.elapsed().as_secs_f64();
    let after = Memory::of(&host)?;
    host.stop()?;

    let each = |after: u64, before: u64| after.saturating_sub(before) as f64 / count as f64;
    let private = each(after.private_kib, before.private_kib);
    let resident = each(after.resident_kib, before.resident_kib);
    Ok(vec![
        Figure {
            what: format!("tenants: a start with {count} tenants, each with a plugin of its own"),
            measured: format!("{start:.2} s"),
            yardstick: format!(
                "{:.1} ms until a tenant's first transaction is answered",
                first * 1e3 / count as f64
            ),
            value: start,
            target: Target::AtMost(5.0, "s"),
        },
        Figure {
            what: "tenants: memory of a tenant at work with its plugin".to_owned(),
            measured: format!("{private:.0} KiB private, {resident:.0} KiB resident"),
            yardstick: format!(
                "{:.0} MiB private, {:.0} MiB resident of the host before the first transaction",
                before.private_kib as f64 / 1024.0,
                before.resident_kib as f64 / 1024.0
            ),
            value: private,
            target: Target::None,
        },
    ])
}

/// The component with a number in a section that no engine reads: another component, of another digest.
fn own(component: &Bytes, number: u64) -> Bytes {
    const CUSTOM: u8 = 0;
    const NAME: &[u8] = b"bench";
    let mut own = BytesMut::from(&component[..]);
    own.put_u8(CUSTOM);
    own.put_u8((1 + NAME.len() + size_of::<u64>()) as u8);
    own.put_u8(NAME.len() as u8);
    own.put_slice(NAME);
    own.put_u64(number);
    own.freeze()
}

/// What a process has of the machine's memory.
struct Memory {
    resident_kib: u64,
    /// Without the pages of mapped files, which the system may drop.
    private_kib: u64,
}

impl Memory {
    fn of(host: &ServedHost) -> anyhow::Result<Self> {
        let path = format!("/proc/{}/smaps_rollup", host.process_id());
        let rollup = std::fs::read_to_string(path)?;
        let kib = |name: &str| {
            rollup
                .lines()
                .find_map(|line| line.strip_prefix(name)?.split_whitespace().next())
                .and_then(|number| number.parse().ok())
                .with_context(|| format!("the system does not tell {name}"))
        };
        Ok(Self {
            resident_kib: kib("Rss:")?,
            private_kib: kib("Private_Dirty:")?,
        })
    }
}
