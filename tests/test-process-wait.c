/* SPDX-License-Identifier: MIT */
/* Lines of /proc/PID/task/TID/syscall, as the kernel wrote them: which are sleeps on a futex. */
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/process_wait.h"
#include "tests/support.h"

#define TAIL " 0x0 0x0 0x7ffc0000 0x7f1234"

/* The kernel's functions: of a futex, of a sleep, of a stopped one, of one frozen. */
#define FUTEX "futex_do_wait"
#define NAP "hrtimer_nanosleep"
#define STOP "do_signal_stop"
#define FREEZER "get_signal"

struct row {
	const char *line;
	bool is32;
	bool is_wait;
	uint64_t address;
	uint32_t op, expected;
	bool timed, doubtful;
	unsigned words;
};

/* x86-64 numbers (others: see native()); each form was seen on Linux 6.18. */
static const struct row rows[] = {
	/* sem_wait, sem_timedwait, sem_clockwait, sem_wait of a private one */
	{"202 0x7f0000001000 0x109 0x0 0x0" TAIL, 0, 1, 0x7f0000001000, 0x109, 0, 0, 0, 1},
	{"202 0x7f0000001000 0x109 0x0 0x7ffd1000" TAIL, 0, 1, 0x7f0000001000, 0x109, 0, 1, 0, 1},
	{"202 0x7f0000001000 0x9 0x0 0x7ffd1000" TAIL, 0, 1, 0x7f0000001000, 0x9, 0, 1, 0, 1},
	{"202 0x7f0000001000 0x189 0x0 0x0" TAIL, 0, 1, 0x7f0000001000, 0x189, 0, 0, 0, 1},
	/* musl: minus one, sign-extended */
	{"202 0x7f0000001000 0x80 0xffffffffffffffff 0x0" TAIL, 0, 1, 0x7f0000001000, 0x80,
	 0xffffffff, 0, 0, 1},
	/* mutexes: shared, private, robust (the owner's tid), PI; timed PI */
	{"202 0x7f0000001000 0x0 0x2 0x0" TAIL, 0, 1, 0x7f0000001000, 0, 2, 0, 0, 1},
	{"202 0x7f0000001000 0x80 0x2 0x0" TAIL, 0, 1, 0x7f0000001000, 0x80, 2, 0, 0, 1},
	{"202 0x7f0000001000 0x0 0x80001234 0x0" TAIL, 0, 1, 0x7f0000001000, 0, 0x80001234, 0, 0,
	 1},
	{"202 0x7f0000001000 0x6 0x7 0x0" TAIL, 0, 1, 0x7f0000001000, 6, 0, 0, 0, 1},
	{"202 0x7f0000001000 0x8d 0x7 0x7ffd1000" TAIL, 0, 1, 0x7f0000001000, 0x8d, 0, 1, 0, 1},
	/* a condition variable that moves its waiters to a PI mutex */
	{"202 0x7f0000001028 0xb 0x4 0x0" TAIL, 0, 1, 0x7f0000001028, 0xb, 4, 0, 0, 1},
	/* after SIGSTOP and SIGCONT; the same number for a nanosleep(2) */
	{"219 0x7f0000001000 0x109 0x0 0x7ffd1000" TAIL, 0, 1, 0x7f0000001000, 0x109, 0, 1, 1, 1},
	/* int 0x80 in a 64-bit process, and mq_open(2) */
	{"240 0x41000000 0x109 0x1 0x0" TAIL, 0, 1, 0x41000000, 0x109, 1, 0, 1, 1},
	{"422 0x41000000 0x109 0x1 0x0" TAIL, 0, 1, 0x41000000, 0x109, 1, 0, 1, 1},
	/* 32-bit processes */
	{"240 0x804b000 0x109 0x1 0x0 0x0 0x0 0xffeead60 0xffeead44 0x804901f", 1, 1, 0x804b000,
	 0x109, 1, 0, 0, 1},
	{"422 0x804b000 0x109 0x1 0xff001000" TAIL, 1, 1, 0x804b000, 0x109, 1, 1, 0, 1},
	{"0 0x804b000 0x109 0x1 0xff001000" TAIL, 1, 1, 0x804b000, 0x109, 1, 1, 1, 1},
	{"449 0xff001000 0x3 0x0 0x0" TAIL, 1, 1, 0xff001000, 0x9, 0, 0, 0, 3},
	/* futex_waitv(2): an array; timed; futex_wait(2): another order of arguments */
	{"449 0x7ffd1000 0x2 0x0 0x0 0x0 0x0 0x7ffc0000 0x7f1234", 0, 1, 0x7ffd1000, 0x9, 0, 0, 0,
	 2},
	{"449 0x7ffd1000 0x80 0x0 0x7ffd2000" TAIL, 0, 1, 0x7ffd1000, 0x9, 0, 1, 0, 128},
	{"455 0x7f0000001000 0x5 0xffffffff 0x2 0x0 0x0 0x7ffc0000 0x7f1234", 0, 1, 0x7f0000001000,
	 0x9, 5, 0, 0, 1},
	{"455 0x7f0000001000 0x5 0xffffffff 0x82 0x7ffd1000 0x1 0x7ffc0000 0x7f1234", 0, 1,
	 0x7f0000001000, 0x89, 5, 1, 0, 1},
	/* no sleeps: a wake, a requeue, an array of none and of too many, read(2), getegid32(2) */
	{"202 0x7f0000001000 0x1 0x1 0x0" TAIL, 0, 0},
	{"202 0x7f0000001000 0x81 0x1 0x0" TAIL, 0, 0},
	{"202 0x7f0000001000 0x3 0x1 0x0" TAIL, 0, 0},
	{"449 0x7ffd1000 0x0 0x0 0x0" TAIL, 0, 0},
	{"449 0x7ffd1000 0x81 0x0 0x0" TAIL, 0, 0},
	{"0 0x7f0000001000 0x109 0x0 0x0" TAIL, 0, 0},
	{"202 0x804b000 0x109 0x1 0x0" TAIL, 1, 0},
	{"219 0x804b000 0x109 0x1 0x0" TAIL, 1, 0},
	{"230 0x0 0x0 0x7ffd1000 0x0" TAIL, 0, 0},
};

/* Numbers of other architectures differ for two calls. */
static long native(long number, bool is32)
{
	return is32            ? number
	       : number == 202 ? SYS_futex
	       : number == 219 ? SYS_restart_syscall
			       : number;
}

static void test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct call call;
		struct wait wait = {0};

		print_message("%s\n", row->line);
		assert_true(call_parse(row->line, &call));
		call.number = native(call.number, row->is32);
		assert_int_equal(wait_decode(&call, row->is32, &wait), row->is_wait);
		if (!row->is_wait)
			continue;
		assert_int_equal(wait.address, row->address);
		assert_int_equal(wait.op, row->op);
		assert_int_equal(wait.expected, row->expected);
		assert_int_equal(wait.timed, row->timed);
		assert_int_equal(wait.doubtful, row->doubtful);
		assert_int_equal(wait.n_words, row->words);
		assert_int_equal(wait.array, call.number == 449);
	}
}

static void test_no_call(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"running\n",
		"-1 0x7ffc0000 0x7f1234\n",
		"-1 0x0 0x0\n",
		"202",
		"202 ",
		"202 0x1 0x2 0x3 0x4 0x5 0x6",
		"202 0x1 2 0x3 0x4 0x5 0x6 0x7 0x8",
		"202 0x1  0x2 0x3 0x4 0x5 0x6 0x7 0x8",
		"0x202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
	};
	struct call call;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(call_parse(lines[i], &call));
	assert_true(call_parse("7 0x1 0x2 0x3 0x4 0x5 0xffffffffffffffff 0x7ff0 0x8\n", &call));
	assert_int_equal(call.number, 7);
	assert_int_equal(call.arguments[0], 1);
	assert_int_equal(call.arguments[5], UINT64_MAX);
	assert_int_equal(call.stack, 0x7ff0);
}

/* Calls that wait until a child ends: which one, and of many, or any, 0. */
static void test_children(void **state)
{
	static const struct {
		struct call call;
		bool is32, waits;
		pid_t child;
	} calls[] = {
		{{.number = SYS_wait4, .arguments = {77}}, false, true, 77},
		{{.number = SYS_wait4, .arguments = {UINT64_MAX}}, false, true, 0},
		{{.number = SYS_wait4, .arguments = {0xffffffff}}, false, true, 0},
		{{.number = SYS_wait4, .arguments = {0}}, false, true, 0},
		{{.number = SYS_waitid, .arguments = {P_PID, 77}}, false, true, 77},
		{{.number = SYS_waitid, .arguments = {P_ALL, 77}}, false, true, 0},
		{{.number = SYS_waitid, .arguments = {P_PIDFD, 7}}, false, true, 0},
		{{.number = SYS_waitid, .arguments = {P_PID, 0xbbbbbbbb}}, false, true, 0},
		{{.number = 7, .arguments = {77}}, true, true, 77},
		{{.number = 114, .arguments = {UINT32_MAX}}, true, true, 0},
		{{.number = 284, .arguments = {P_PID, 77}}, true, true, 77},
		{{.number = SYS_read, .arguments = {77}}, false, false, 0},
		{{.number = SYS_wait4, .arguments = {77}}, true, SYS_wait4 == 114, 77},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		pid_t child = -1;

		assert_int_equal(wait_for_child(&calls[i].call, calls[i].is32, &child),
				 calls[i].waits);
		if (calls[i].waits)
			assert_int_equal(child, calls[i].child);
	}
	assert_string_equal(call_name(&calls[0].call, false), "wait4");
	assert_string_equal(call_name(&calls[7].call, true), "a system call");
}

static void test_wchan(void **state)
{
	static const struct {
		const char *name;
		bool is_futex;
	} names[] = {
		{"futex_do_wait", true},
		{"futex_wait_queue", true},
		{"futex_wait_queue_me", true},
		{"futex_wait_multiple", true},
		{"__futex_wait", true},
		{"rt_mutex_schedule", false},
		{"do_freezer_trap", false},
		{"do_signal_stop", false},
		{"hrtimer_nanosleep", false},
		{"io_cqring_wait", false},
		{"0", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(wchan_is_futex(names[i].name), names[i].is_futex);
}

struct judgement {
	uint32_t op;
	bool doubtful;
	char state;
	const char *wchan;
	bool frozen;
	enum wait_verdict verdict;
	enum waiter_state waiter;
};

static const struct judgement judgements[] = {
	{0x109, 0, 'S', FUTEX, 0, WAIT_YES, WAITER_ASLEEP},
	{0x109, 1, 'S', FUTEX, 0, WAIT_YES, WAITER_ASLEEP},
	/* a nanosleep(2) that was restarted */
	{0x109, 1, 'S', NAP, 0, WAIT_NO, 0},
	/* not told: wchan is "0" without rights and without CONFIG_KALLSYMS */
	{0x109, 0, 'S', "0", 0, WAIT_YES, WAITER_ASLEEP},
	{0x109, 0, 'S', "", 0, WAIT_YES, WAITER_ASLEEP},
	{0x109, 1, 'S', "0", 0, WAIT_IF_OBJECT, WAITER_ASLEEP},
	/* it has just been woken, or has ended */
	{0x109, 0, 'R', "0", 0, WAIT_NO, 0},
	{0x109, 0, 'R', FUTEX, 0, WAIT_NO, 0},
	{0x109, 0, 'Z', "0", 0, WAIT_NO, 0},
	{0x109, 0, 'X', "0", 0, WAIT_NO, 0},
	/* in the futex call, but waiting for a page */
	{0x109, 0, 'D', "folio_wait_bit_common", 0, WAIT_NO, 0},
	/* PI locks sleep elsewhere; others do not sleep there */
	{6, 0, 'S', "rt_mutex_schedule", 0, WAIT_YES, WAITER_ASLEEP},
	{0x8d, 0, 'S', "__rt_mutex_slowlock", 0, WAIT_YES, WAITER_ASLEEP},
	{0xb, 0, 'S', FUTEX, 0, WAIT_YES, WAITER_ASLEEP},
	{0x109, 0, 'S', "rt_mutex_schedule", 0, WAIT_NO, 0},
	/* stopped, and by a tracer */
	{0x109, 0, 'T', STOP, 0, WAIT_YES, WAITER_STOPPED},
	{0x109, 0, 't', "ptrace_stop", 0, WAIT_YES, WAITER_STOPPED},
	{0x109, 1, 'T', STOP, 0, WAIT_IF_OBJECT, WAITER_STOPPED},
	/* frozen: cgroup v2, v1, v1 of older kernels; and stopped within it */
	{0x109, 0, 'S', FREEZER, 1, WAIT_YES, WAITER_FROZEN},
	{0x109, 1, 'S', FREEZER, 1, WAIT_IF_OBJECT, WAITER_FROZEN},
	{0x109, 0, 'D', FUTEX, 1, WAIT_YES, WAITER_FROZEN},
	{0x109, 0, 'D', FUTEX, 0, WAIT_YES, WAITER_FROZEN},
	{0x109, 0, 'D', "__refrigerator", 1, WAIT_YES, WAITER_FROZEN},
	{0x109, 0, 'T', STOP, 1, WAIT_YES, WAITER_STOPPED},
};

static void test_judge(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judgements) / sizeof(judgements[0]); i++) {
		const struct judgement *row = &judgements[i];
		const struct wait wait = {.op = row->op, .doubtful = row->doubtful};
		enum waiter_state waiter = WAITER_ASLEEP;

		print_message("%c %s\n", row->state, row->wchan);
		assert_int_equal(wait_judge(&wait, row->state, row->wchan, row->frozen, &waiter),
				 row->verdict);
		if (row->verdict != WAIT_NO)
			assert_int_equal(waiter, row->waiter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),   cmocka_unit_test(test_no_call),
		cmocka_unit_test(test_children), cmocka_unit_test(test_wchan),
		cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
