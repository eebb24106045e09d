// SPDX-License-Identifier: MIT
// As dwarf_c.c: what only C++ has.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace ipc {
inline namespace v1 {
enum class State : std::int8_t { Idle = -1, Busy = 4 };

struct Base {
	int id;
	static const int answer = 42;
};

class Queue : public Base {
public:
	std::atomic<int> head;
	std::array<short, 4> items;
	State state;
	std::uint64_t wide : 40;
	static int shared;
	int &link;
	struct Slot {
		int x;
	} slots[2];
	explicit Queue(int &l) : link(l) {}
	virtual ~Queue() = default;
};
int Queue::shared = 0;

template <typename T, int N> struct Ring {
	T values[N];
	bool full;
};
} // namespace v1
} // namespace ipc

static int number;
ipc::Queue queue(number);
ipc::Ring<int, 8> ring;

#define Q(label, member, type)                                                                     \
	std::printf("ipc::Queue\t%s\t%zu\t%zu\t%s\n", label, offsetof(ipc::Queue, member),         \
		    sizeof(queue.member), type)

int main()
{
	Q("id", id, "int");
	Q("head", head, "int");
	Q("items", items, "short[4]");
	Q("state", state, "enum State");
	Q("slots[1].x", slots[1].x, "int");
	using ring_t = ipc::Ring<int, 8>;
	for (const char *name : {"ipc::Ring<int, 8>", "ipc::v1::Ring<int,8>", "Ring<int, 8>"}) {
		std::printf("%s\tvalues\t%zu\t%zu\tint[8]\n", name, offsetof(ring_t, values),
			    sizeof(ring.values));
		std::printf("%s\tfull\t%zu\t%zu\t_Bool\n", name, offsetof(ring_t, full),
			    sizeof(ring.full));
	}
	return queue.id;
}
