//! The scenarios: each a fact about oyez that can't be shown on a host one wants to keep. One boot each, unless a reboot
//! belongs to it; `/shared` outlives the boots.

mod auditctl;
mod auditd;
mod backlog;
mod crash;
mod disk;
mod formats;
mod hold;
mod locked;
mod processes;
mod rules;
mod storm;
mod storms;
mod unheard;

use anyhow::Result;

/// A scenario.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Booted with `audit=1`: then the kernel keeps records while nobody listens.
    audit: bool,
    boots: u32,
    /// Plays it; its argument is the number of the boot, from 1.
    pub(crate) run: fn(u32) -> Result<()>,
}

/// All of them.
pub(crate) const ALL: [Scenario; 28] = [
    once("a_locked_kernel_is_heard_and_left_as_it_is", locked::stays_as_it_is),
    once("a_run_that_a_lock_overtakes_ends_in_order", locked::comes_later),
    once("records_held_since_boot_come_with_the_first_attach", hold::comes_whole),
    once("what_the_kernel_could_not_hold_is_told", hold::overflows),
    Scenario {
        audit: false,
        ..once("without_audit_at_boot_only_later_processes_are_heard", unheard::before_the_start)
    },
    once("a_full_backlog_is_counted_and_the_host_goes_on", backlog::fills),
    once("an_output_that_nobody_reads_does_not_keep_the_host", backlog::stays_full),
    once("a_full_disk_costs_events_that_are_counted_and_told", disk::fills),
    Scenario { boots: 2, ..once("a_killed_run_is_put_right_unless_the_host_was_booted", crash::by_kill) },
    once("a_run_that_dies_of_a_fault_is_put_right_by_the_next", crash::by_fault),
    once("a_storm_over_the_whole_system_loses_nothing", storm::balances),
    once("a_storm_with_a_slow_output_is_shed_and_does_not_keep_the_host", storms::slow),
    once("a_storm_with_a_stopped_output_is_shed_and_does_not_keep_the_host", storms::stopped),
    once("a_storm_with_stalls_of_a_millisecond_loses_nothing", storms::stalls),
    once("a_storm_at_the_memory_limit_loses_nothing", storms::of_the_page_cache),
    once("a_run_killed_for_its_memory_in_a_storm_is_told", storms::is_more_than_it_may_take),
    once("a_run_killed_in_a_storm_is_told_by_the_next", storms::while_it_writes),
    once("lines_that_died_with_a_run_are_told_by_the_next", storms::with_lines_that_wait),
    once("a_living_auditd_and_its_successor_keep_their_place", auditd::was_first),
    once("an_auditd_that_comes_later_takes_nothing_and_is_told", auditd::comes_later),
    once("raw_and_enriched_are_what_auditd_writes_beside", formats::are_auditds),
    once("starter_rules_are_there_for_the_lifetime_of_a_run", rules::starter),
    once("starter_rules_are_refused_where_they_do_not_belong", rules::starter_is_refused),
    once("rules_of_a_configuration_can_lock_themselves", rules::lock_themselves),
    once("pid_reuse_is_seen_through_where_rules_tell_of_forks_and_exits", processes::with_rules_for_forks_and_exits),
    once("pid_reuse_without_the_connector_misnames_nobody_who_was_executed", processes::without_the_connector),
    once("short_processes_come_out_once_with_arguments_and_parent", processes::come_out_once),
    Scenario {
        audit: false,
        boots: 2,
        ..once("a_locked_kernel_is_answered_for_as_by_auditctl", auditctl::answers_alike)
    },
];

const fn once(name: &'static str, run: fn(u32) -> Result<()>) -> Scenario {
    Scenario { name, audit: true, boots: 1, run }
}

impl Scenario {
    /// The line that tells `cargo xtask guest` of it.
    pub(crate) fn line(&self) -> String {
        format!("{} {}{}", self.name, self.boots, if self.audit { " audit=1" } else { "" })
    }
}
