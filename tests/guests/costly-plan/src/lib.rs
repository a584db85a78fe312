//! A rule whose plan makes the host work: 64 counts of distinct amounts over two years, by country.

wit_bindgen::generate!({ path: "../../../wit", world: "rule-plugin" });

use exports::vervet::plugin::rule::{
    Aggregate, Guest, Input, Level, Manifest, Plan, Source, Statistic, Values, Verdict, Window,
};

struct CostlyPlan;
export!(CostlyPlan);

const DAY: u64 = 24 * 60 * 60;
const TWO_YEARS: u64 = 730 * DAY;

impl Guest for CostlyPlan {
    fn describe() -> Manifest {
        Manifest {
            name: "costly-plan".into(),
            version: "1.0.0".into(),
            title: "Costly plan".into(),
            description: "Finds nothing; its inputs cost the host much.".into(),
            config_schema: r#"{"type":"object"}"#.into(),
            alert_type: "other".into(),
            severity: Level::Low,
            priority: Level::Low,
        }
    }

    fn prepare(_config: String) -> Result<Plan, String> {
        // Every window is of another length, so that none is computed for two inputs at once.
        let input = |number: u64| Input {
            name: format!("amounts_{number}"),
            source: Source::Aggregate(Aggregate {
                statistic: Statistic::Distinct,
                field: "amount".into(),
                window: Window {
                    by: "country".into(),
                    length_seconds: TWO_YEARS - number * DAY,
                    delay_seconds: 0,
                    conditions: vec![],
                },
            }),
        };
        Ok(Plan { inputs: (0..64).map(input).collect(), prepared: vec![] })
    }

    fn evaluate(_prepared: Vec<u8>, _count: u32, _inputs: Vec<Values>) -> Verdict {
        Verdict { findings: vec![], failures: vec![] }
    }
}
