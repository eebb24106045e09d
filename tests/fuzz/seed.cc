// SPDX-License-Identifier: MIT
// What only C++ has.
namespace ns {
struct Base {
	int id;
};
template <typename T, int N> struct Ring : Base {
	T values[N];
	T &link;
	explicit Ring(T &l) : link(l) {}
	virtual ~Ring() {}
	static int shared;
};
inline namespace v1 {
struct t : virtual Base {
	enum class State : signed char { Idle = -1 } state;
};
}
} // namespace ns
static int number;
ns::Ring<int, 8> ring(number);
ns::t object;

int function()
{
	struct local {
		int a;
	} value = {1};

	return ring.id + value.a;
}
