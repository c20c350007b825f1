"""The 88 faults and attacks that this tool was built against, and what tests each.

One row a fault: number, fault, tests as `file::test` below `tests/`, or a sentence of `docs/limits.md` that says why
there is none.  `crash.py`, `flips.py` and `fuzz.py` try many more points than the tests that are named here.
"""

from __future__ import annotations

from typing import Final

_DISK, _ATTACKS, _KILL = "hostile/test_disk.py", "hostile/test_attacks.py", "hostile/test_kill.py"
_SEEN = "shell/test_seen.py"
_INPUTS, _PACKED, _WALK = "hostile/test_inputs.py", "hostile/test_containers.py", "shell/test_walk.py"
_FSOPS, _WORK, _ENGINES = "shell/test_fsops.py", "shell/test_workspace.py", "conformance/test_engines.py"
_CHECK, _CLI, _FORMATS = "shell/test_check.py", "shell/test_cli.py", "shell/test_formats.py"
_INTAKE, _REPORT, _EXTRACT = "shell/test_intake.py", "shell/test_report.py", "core/test_extract.py"
_LAWS, _DECODE, _DECIDE = "laws/test_promises.py", "core/test_decode.py", "core/test_decide.py"

FAULTS: Final[tuple[tuple[int, str, str], ...]] = (
    # Crash, disk, locks, resume
    (
        1,
        "killed at any write",
        f"{_KILL}::test_a_run_over_an_old_output_can_be_killed_at_any_change_of_the_disk",
    ),
    (
        2,
        "one worker killed",
        f"{_ENGINES}::test_a_part_whose_process_was_killed_is_done_again_in_a_fresh_one",
    ),
    (3, "SIGTERM, SIGINT", f"{_CLI}::test_a_termination_signal_ends_with_143"),
    (4, "power loss", f"{_DISK}::test_after_a_power_cut_the_tree_is_the_old_or_the_new"),
    (5, "no space left", f"{_DISK}::test_a_disk_that_fails_from_some_call_on_ends_the_run_with_6"),
    (
        6,
        "no inodes, quota",
        f"{_FSOPS}::test_an_error_of_the_output_leaves_the_old_content_and_says_what_to_do",
    ),
    (7, "EIO at fsync", f"{_FSOPS}::test_a_failed_sync_stops_the_run"),
    (8, "no fsync of folders", f"{_FSOPS}::test_folders_that_cannot_be_synced_are_reported_not_fatal"),
    (
        9,
        "rename across file systems",
        f"{_DISK}::test_a_disk_that_fails_from_some_call_on_ends_the_run_with_6",
    ),
    (10, "short write", f"{_FSOPS}::test_short_writes_go_on_until_all_is_written"),
    (11, "EINTR", f"{_DISK}::test_calls_that_a_signal_interrupts_are_made_again"),
    (12, "two runs, one output", f"{_INPUTS}::test_a_second_run_at_the_same_time_is_turned_away"),
    (13, "stale lock", f"{_WORK}::test_a_killed_run_leaves_no_lock"),
    (
        14,
        "resumed with other options",
        f"{_INPUTS}::test_an_unfinished_run_with_other_settings_is_not_taken_up",
    ),
    (
        15,
        "resumed over changed inputs",
        f"{_DISK}::test_inputs_that_change_after_a_run_was_stopped_are_read_as_they_are",
    ),
    (16, "torn tail", f"{_CHECK}::test_every_cut_of_the_manifest_is_found"),
    (17, "bit rot", f"{_INPUTS}::test_every_flipped_bit_is_found"),
    (18, "a file lost or added", f"{_CHECK}::test_a_missing_file_an_extra_file_and_a_link_are_found_by_name"),
    (19, "restore", f"{_LAWS}::test_restore_gives_the_source_back"),
    (
        20,
        "what is removed of work files",
        f"{_WORK}::test_a_run_begins_with_an_empty_tree_and_the_cache_of_the_last",
    ),
    (21, "inputs are only read", f"{_WALK}::test_inputs_are_not_written_to"),
    (
        22,
        "output cannot be written",
        f"{_DISK}::test_a_disk_that_fails_from_some_call_on_ends_the_run_with_6",
    ),
    (23, "output inside input", f"{_WORK}::test_output_and_input_never_overlap"),
    (24, "few open files", f"{_DISK}::test_few_open_files_are_enough"),
    (25, "clock, zone, locale, umask", f"{_INPUTS}::test_the_manifest_is_the_same_whatever_does_not_count"),
    # Files and names
    (
        26,
        "a file changes while it is read",
        f"{_WALK}::test_a_file_that_is_written_to_while_it_is_read_is_refused",
    ),
    (
        27,
        "a file vanishes after it was listed",
        f"{_INPUTS}::test_a_file_that_changes_after_it_was_found_is_quarantined_and_the_others_are_read",
    ),
    (28, "cut while it is mapped", f"{_ATTACKS}::test_no_input_is_mapped_into_memory"),
    (29, "no permission", f"{_SEEN}::test_an_input_that_cannot_be_read_stays_as_it_was_read"),
    (30, "EIO on read", f"{_SEEN}::test_an_input_that_cannot_be_read_stays_as_it_was_read"),
    (
        31,
        "links in loops and outside",
        f"{_INPUTS}::test_links_and_special_files_are_skipped_and_everything_else_is_read",
    ),
    (
        32,
        "a link put in place of a folder",
        f"{_ATTACKS}::test_a_folder_that_a_link_took_the_place_of_is_not_followed",
    ),
    (33, "FIFO, socket, device", f"{_WALK}::test_nothing_but_regular_files_is_read_and_the_rest_is_listed"),
    (
        34,
        "size 0 but endless",
        f"{_ATTACKS}::test_a_file_that_says_it_is_empty_and_is_not_gives_no_more_than_it_says",
    ),
    (35, "hard links, an input twice", f"{_ATTACKS}::test_a_hard_link_is_a_copy_like_any_other"),
    (36, "paths over PATH_MAX", f"{_WALK}::test_a_tree_deeper_than_a_path_may_be_is_read_to_its_end"),
    (37, "names of any bytes", f"{_INPUTS}::test_files_come_back_under_their_own_names"),
    (38, "names alike but for case or form", f"{_FSOPS}::test_twins_get_a_hash_but_for_the_first"),
    (39, "names that Windows refuses", "Tried on Linux only"),
    (
        40,
        "very many files in a folder",
        f"{_WALK}::test_files_come_by_the_bytes_of_their_paths_whatever_the_file_system_lists_first",
    ),
    (41, "a sparse file of a terabyte", f"{_ATTACKS}::test_a_file_of_a_terabyte_is_refused_unread"),
    # Containers and decoding
    (42, "gzip and zstd bombs", f"{_PACKED}::test_what_unpacks_to_far_more_than_it_is_a_bomb"),
    (
        43,
        "a zstd frame that lies",
        f"{_ATTACKS}::test_a_zstandard_frame_that_asks_for_gigabytes_is_not_given_them",
    ),
    (44, "zip: overlap, nesting, lies", f"{_PACKED}::test_members_that_overlap_refuse_a_zip"),
    (
        45,
        "members that lead outside",
        f"{_PACKED}::test_no_name_of_a_member_leads_out_of_the_output_and_every_member_has_its_own",
    ),
    (
        46,
        "cut or damaged gz",
        "conformance/test_readers.py::test_compressed_data_that_is_cut_or_changed_is_refused_whole_or_holds_what_it_held",
    ),
    (
        47,
        "a crawl record that lies",
        f"{_FORMATS}::test_a_record_that_is_not_whole_is_refused_and_the_next_is_read",
    ),
    (
        48,
        "an endless head of a crawl record",
        f"{_ATTACKS}::test_a_head_of_a_crawl_record_that_never_ends_is_refused_at_once",
    ),
    (49, "escapes for the terminal", f"{_INPUTS}::test_nothing_that_is_printed_steers_a_terminal"),
    (
        50,
        "a line of a gigabyte",
        f"{_WALK}::test_a_line_over_the_limit_is_refused_unread_and_its_neighbours_are_read",
    ),
    (
        51,
        "JSON: depth, NaN, twins, halves",
        f"{_INPUTS}::test_each_bad_line_is_quarantined_with_its_reason_and_each_good_one_is_read",
    ),
    (52, "bytes that are no text", f"{_DECODE}::test_any_bytes_give_a_value_and_exact_means_exact"),
    (53, "a wrong guess of the encoding", f"{_DECODE}::test_what_is_given_goes_before_every_guess"),
    (54, "a name that lies", f"{_FORMATS}::test_bytes_outrank_names_where_they_are_certain"),
    (55, "entities", f"{_ATTACKS}::test_no_entity_of_a_page_is_read_from_a_file"),
    # Text processing
    (56, "deep pages lose text", f"{_EXTRACT}::test_nesting_past_the_parser_is_rejected_never_cut"),
    (57, "what hangs its parser", f"{_INTAKE}::test_a_document_that_takes_too_much_is_refused_alone"),
    (58, "what crashes its parser", f"{_INTAKE}::test_a_document_that_kills_its_reader_is_refused_alone"),
    (
        59,
        "patterns that look back",
        f"{_ATTACKS}::test_four_times_a_unit_takes_less_than_nine_times_the_time",
    ),
    (
        60,
        "runs of combining marks",
        "core/test_normalise.py::test_a_run_of_combining_marks_is_cut_before_it_is_composed",
    ),
    (61, "huge colspan", f"{_EXTRACT}::test_hostile_pages_take_no_longer_than_they_are_long"),
    (62, "invisible characters against matching", "core/test_fingerprint.py::test_the_key_is"),
    (63, "idempotence", f"{_LAWS}::test_a_second_run_removes_nothing"),
    (64, "order, workers, hash seed", f"{_LAWS}::test_the_same_bytes_whatever_the_order_jobs_and_hash_seed"),
    (65, "other versions", f"{_WORK}::test_an_unfinished_run_is_taken_up_by_the_same_settings_only"),
    (66, "how the work is cut", f"{_FORMATS}::test_jobs_units_and_the_cache_change_no_byte"),
    (67, "libraries that remember", f"{_EXTRACT}::test_the_answer_does_not_depend_on_earlier_pages"),
    (
        68,
        "other processors",
        f"{_ATTACKS}::test_the_bytes_are_the_same_without_the_fast_paths_of_a_processor",
    ),
    # Finding duplicates
    (
        69,
        "very many equal texts",
        f"{_INPUTS}::test_a_thousand_equal_small_files_are_one_document_and_999_copies",
    ),
    (
        70,
        "a flood of texts nearly alike",
        "core/test_candidates.py::test_a_bucket_gives_star_edges_not_all_pairs",
    ),
    (
        71,
        "poisoned sketches",
        f"{_ATTACKS}::test_what_two_texts_share_by_chance_or_by_design_removes_nothing",
    ),
    (
        72,
        "colliding hashes",
        f"{_ATTACKS}::test_texts_whose_short_hashes_collide_are_told_apart_by_their_text",
    ),
    (73, "chains", "core/test_cluster.py::test_a_chain_removes_only_what_matches_the_kept_one"),
    (74, "who stays", f"{_DECIDE}::test_the_order_of_preference"),
    (
        75,
        "a template that is the article",
        f"{_DECIDE}::test_a_document_that_would_nearly_vanish_is_kept_whole",
    ),
    # Reports and logs
    (76, "scripts in texts and names", f"{_REPORT}::test_a_hostile_string_is_shown_and_inert"),
    (
        77,
        "what a page would load",
        f"{_REPORT}::test_the_page_has_one_script_and_no_element_that_loads_or_navigates",
    ),
    (78, "formulas in CSV", f"{_REPORT}::test_no_cell_begins_like_a_formula"),
    (79, "a report that grows", f"{_REPORT}::test_many_documents_and_short_lines_keep_the_page_small"),
    (80, "texts in logs", f"{_ATTACKS}::test_no_text_of_a_document_is_printed_by_a_run"),
    (
        81,
        "line ends in logs",
        "shell/test_errors.py::test_safe_text_is_one_line_that_any_terminal_can_be_given",
    ),
    (82, "nobody reads the output", f"{_INPUTS}::test_a_closed_pipe_ends_quietly"),
    # Memory, time, supply
    (83, "memory", f"{_INTAKE}::test_a_document_that_takes_too_much_is_refused_alone"),
    (
        84,
        "the system kills a worker",
        f"{_ENGINES}::test_a_part_that_keeps_killing_is_given_to_on_death_and_the_others_are_done",
    ),
    (85, "too many are quarantined", "No limit on how many inputs may be quarantined"),
    (
        86,
        "code from data",
        f"{_ATTACKS}::test_a_run_over_hostile_files_opens_no_connection_loads_no_code_and_writes_in_its_output_only",
    ),
    (
        87,
        "a parser that connects",
        f"{_ATTACKS}::test_a_run_over_hostile_files_opens_no_connection_loads_no_code_and_writes_in_its_output_only",
    ),
    (88, "packages with known faults", "test_repository.py::test_the_lock_pins_what_the_project_asks_for"),
)
