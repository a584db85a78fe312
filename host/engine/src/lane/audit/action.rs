//! What the audit can say was done.

/// Every action that the host writes, in alphabetical order. A new one is added here before it can be written.
pub(in crate::lane) const ACTIONS: [&str; 92] = [
    "alert.bulk",
    "alert.bulk_finished",
    "alert.change",
    "alert.count_failure",
    "alert.create",
    "alert.join",
    "alert.merge",
    "alert.merge_into",
    "alert.move",
    "alert.replay",
    "alert.replay_finished",
    "alert.unmerge",
    "alert.unmerge_from",
    "alert_merging.put",
    "alert_type.delete",
    "alert_type.put",
    "api_key.create",
    "api_key.regenerate",
    "api_key.revoke",
    "backtest.cancel",
    "backtest.delete",
    "backtest.finish",
    "backtest.start",
    "comment.change",
    "comment.create",
    "comment.delete",
    "consent.take_back",
    "delivery.delivered",
    "delivery.failed",
    "delivery.retry",
    "delivery.stopped",
    "delivery.superseded",
    "document.create",
    "document.delete",
    "event.deliver",
    "export.change",
    "export.delete",
    "export.pause",
    "export.put",
    "export.resume",
    "export.run",
    "export.run_expired",
    "export.run_finished",
    "export.run_skipped",
    "export.webhook_secret",
    "list.change",
    "list.delete",
    "list.put",
    "payload_schema.put",
    "plugin.delete",
    "plugin.publish",
    "promotion_gate.put",
    "rule.catch_up",
    "rule.install",
    "rule.override_gate",
    "rule.promote",
    "rule.remove",
    "rule.roll_back",
    "rule.take_effect",
    "scope.delete",
    "scope.put",
    "session.accounts",
    "session.begin",
    "session.code",
    "session.fail",
    "session.finish",
    "session.page",
    "session_settings.put",
    "task.change",
    "task.create",
    "task.delete",
    "team.change",
    "team.create",
    "tenant.change",
    "tenant.create",
    "tenant.resume",
    "tenant.suspend",
    "token.create",
    "token.create_for_other",
    "token.revoke",
    "token.revoke_all",
    "token.rotate",
    "token.rotate_for_other",
    "user.change",
    "user.change_password",
    "user.create",
    "user.make_password_link",
    "user.set_password",
    "user.sign_in",
    "user.sign_in_delayed",
    "user.sign_out",
    "workflow.put",
];

/// Whether the host writes this action.
pub(in crate::lane) fn is_action(word: &str) -> bool {
    ACTIONS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_found() {
        assert!(ACTIONS.is_sorted());
        assert!(ACTIONS.iter().all(|action| is_action(action)));
        assert!(!is_action("team.made"));
    }
}
