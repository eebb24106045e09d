/* SPDX-License-Identifier: MIT */
/* The rows of docs/reliability.md, told by the tests that did it (tools/reliability). */
#pragma once

/*
 * reliability_row() - Say what came of a fault or an input, after all that is asserted of it.
 *
 * section: a table of the document ("neighbours", "faults", "fuzzing", "analysers", "kernels").
 * what: the fault or input, by which the row is found again: no figure that varies.
 * times: how often, or for how long. bound: what was to hold. happened: as in printf(3).
 *
 * Writes a line to the file SECTION in the build's folder "reliability"; nothing where the tests
 * run without a build (PSHM_BUILD). The test fails where it cannot be written.
 */
void reliability_row(const char *section, const char *what, const char *times, const char *bound,
		     const char *happened, ...) __attribute__((format(printf, 5, 6)));
