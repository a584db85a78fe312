mod any_text;
mod limits;
mod oracle;
mod refused;
mod table;

use super::budget::Budget;
use super::{Guard, Value, show};

/// `alert` and `security` of the tests, in Python: guards and CPython read the same.
pub(super) const WORLD: [&str; 2] = [
    "{'id': '0190f8a0', 'team': 'payments', 'title': 'Large amount, twice', 'state': 'in_progress', \
      'incident_type': 'trx_aml_alert', 'severity': 'high', 'score': 87.5, 'version': 3, 'due_date': None, \
      'labels': ['urgent', 'fraud ring'], 'txn_ids': ['t1', 't2'], 'big': 9223372036854775807, \
      'info': {'amount': 12500.5, 'country': 'BE', 'items': ['a', 'b'], 'nested': {'deep': {'deeper': True}}, \
               '_hidden': 1, 'customer name': 'Zo\u{eb}', 'empty': {}}, \
      'findings': [{'rule': 'large', 'score': 87.5}, {'rule': 'velocity', 'score': None}, \
                   {'rule': 'geo', 'score': 12}], \
      'comments': [], 'tasks': [{'title': 'Call', 'done': True}, {'title': 'Check', 'done': False}]}",
    "{'scope': ['AML Analyst', 'Watcher'], 'user_id': 'u1', 'login': 'anna'}",
];

pub(super) fn world() -> [Value; 2] {
    WORLD.map(|source| {
        let guard = Guard::new(source).expect("the world is Python");
        guard
            .evaluate(&Value::None, &Value::None)
            .expect("the world has no fault")
    })
}

/// What a condition says of the world: its value as Python writes it, or its fault with the word `fault`.
pub(super) fn said(source: &str) -> String {
    let guard = Guard::new(source).unwrap_or_else(|refusal| panic!("{source}: {refusal}"));
    evaluated(&guard)
}

pub(super) fn evaluated(guard: &Guard) -> String {
    let [alert, security] = world();
    let value = guard.evaluate(&alert, &security);
    let value = value.map_err(|fault| format!("fault {}: {}", fault.kind, fault.detail));
    let written = value.map(|value| {
        show::repr(&value, &mut Budget::new()).unwrap_or_else(|_| "fault BudgetError".to_owned())
    });
    written.unwrap_or_else(|fault| fault)
}
