// SPDX-License-Identifier: MIT
// As dwarf_c.c: what only C++ has.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace ipc
{
inline namespace v1
{
enum class State : std::int8_t { Idle = -1, Busy = 4 };

struct Base {
	int id;
	static const int answer = 42;
};

class Queue : public Base
{
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
	explicit Queue(int &l) : link(l)
	{
	}
	virtual ~Queue() = default;
};
int Queue::shared = 0;

template <typename T, int N> struct Ring {
	T values[N];
	bool full;
};
} // namespace v1
} // namespace ipc

namespace kinds
{
struct Animal {
	int legs;
	virtual ~Animal() = default;
};

struct Named {
	char name[10];
	unsigned char tag;
};

class Dog : public Animal, private Named
{
      public:
	short tail;
	bool good : 1;
	bool old : 1;
	long where_name() const
	{
		return reinterpret_cast<const char *>(&name) - base();
	}
	const char *base() const
	{
		return reinterpret_cast<const char *>(this);
	}
};

struct Left : virtual Animal {
	int left;
};

struct Right : virtual Animal {
	long right;
};

struct Both : Left, Right {
	int both;
};

enum class Level : unsigned short { Low = 1, High = 65535 };

struct Library {
	std::atomic<long> counter;
	std::atomic<bool> flag;
	std::atomic<Level> level;
	std::atomic<double> real;
	std::atomic<int *> pointer;
	std::array<std::array<int, 2>, 3> grid;
	std::array<std::atomic<int>, 3> atomics;
	std::array<char, 6> text;
	std::array<Named, 2> named;
	std::pair<char, long> pair;
	std::optional<int> maybe;
	std::variant<int, double> either;
	std::byte byte;
};

struct Language {
	char16_t c16;
	char32_t c32;
	wchar_t wide;
	int &reference;
	int &&moved;
	int Language::*member;
	void (Language::*method)();
	int (*function)(int);
	const volatile signed char cv;
	enum { One, Two } unscoped;
	union {
		int as_int;
		float as_float;
	};
	struct Inner {
		char c;
		struct Deepest {
			long value;
		} deepest;
	} inner;
};

template <typename T> struct Outer {
	template <typename U> struct Nested {
		T t;
		U u;
	};
};

using Alias = Outer<char>::Nested<double>;
} // namespace kinds

namespace
{
struct Hidden {
	char first;
	int second;
};
} // namespace

static int number;
ipc::Queue queue(number);
ipc::Ring<int, 8> ring;
kinds::Dog dog;
kinds::Both both;
kinds::Library library;
kinds::Language language = {u'a',    U'b',    L'c',    number, static_cast<int &&>(number),
			    nullptr, nullptr, nullptr, 1,      {},
			    {},      {}};
kinds::Alias nested;
Hidden hidden;

static void say(const char *structure, const char *label, const volatile void *object,
		const volatile void *member, std::size_t size, const char *type)
{
	std::printf("%s\t%s\t%td\t%zu\t%s\n", structure, label,
		    static_cast<const volatile char *>(member) -
			    static_cast<const volatile char *>(object),
		    size, type);
}

#define SAY(structure, label, object, member, type)                                                \
	say(structure, label, &object, &object.member, sizeof(object.member), type)
#define ROW(structure, object, member, type) SAY(structure, #member, object, member, type)

static void say_queue()
{
	SAY("ipc::Queue", "id", queue, id, "int");
	SAY("Queue", "head", queue, head, "int");
	SAY("class ipc::v1::Queue", "items", queue, items, "short[4]");
	SAY("ipc::Queue", "state", queue, state, "enum State");
	SAY("::ipc::Queue", "slots[1].x", queue, slots[1].x, "int");
	SAY("ipc::Queue::Slot", "x", queue.slots[0], x, "int");
	for (const char *name : {"ipc::Ring<int, 8>", "ipc::v1::Ring<int,8>", "Ring<int, 8>"}) {
		ROW(name, ring, values, "int[8]");
		ROW(name, ring, full, "_Bool");
	}
}

static void say_bases()
{
	ROW("kinds::Dog", dog, legs, "int");
	ROW("kinds::Dog", dog, tail, "short");
	std::printf("kinds::Dog\tname\t%ld\t10\tchar[]\n", dog.where_name());
	std::printf("kinds::Dog\ttag\t%ld\t1\tunsigned char\n", dog.where_name() + 10);
	ROW("kinds::Both", both, left, "int");
	ROW("kinds::Both", both, right, "long");
	ROW("kinds::Both", both, both, "int");
}

static void say_library()
{
	ROW("kinds::Library", library, counter, "long");
	ROW("kinds::Library", library, flag, "_Bool");
	ROW("kinds::Library", library, level, "enum Level");
	ROW("kinds::Library", library, real, "double");
	ROW("kinds::Library", library, pointer, "int *");
	ROW("kinds::Library", library, grid[1], "int[2]");
	ROW("kinds::Library", library, atomics[2], "int");
	ROW("kinds::Library", library, text, "char[]");
	ROW("kinds::Library", library, named[1].name, "char[]");
	ROW("kinds::Library", library, pair.second, "long");
	ROW("kinds::Library", library, byte, "enum byte");
	library.maybe = 7;
	SAY("kinds::Library", "maybe._M_payload._M_payload._M_value", library, maybe.value(),
	    "int");
	library.either = 1.5;
	say("kinds::Library", "either._M_u._M_rest._M_first._M_storage", &library,
	    &std::get<double>(library.either), sizeof(double), "double");
}

static void say_language()
{
	/* A reference is an address in the struct, that sizeof and & do not tell of. */
	ROW("kinds::Language", language, c16, "unsigned short");
	ROW("kinds::Language", language, c32, "char32_t");
	ROW("kinds::Language", language, wide, "int");
	std::printf("kinds::Language\treference\t16\t8\tint *\n");
	std::printf("kinds::Language\tmoved\t24\t8\tint *\n");
	ROW("kinds::Language", language, member, "pointer to member");
	ROW("kinds::Language", language, method, "pointer to member");
	ROW("kinds::Language", language, function, "-");
	ROW("kinds::Language", language, cv, "signed char");
	ROW("kinds::Language", language, unscoped, "enum");
	ROW("kinds::Language", language, as_int, "int");
	ROW("kinds::Language", language, as_float, "float");
	ROW("kinds::Language", language, inner.deepest.value, "long");
	ROW("Language::Inner::Deepest", language.inner.deepest, value, "long");
	ROW("kinds::Outer<char>::Nested<double>", nested, t, "char");
	ROW("Nested<double>", nested, u, "double");
	ROW("kinds::Alias", nested, u, "double");
	ROW("Hidden", hidden, second, "int");
}

int main()
{
	say_queue();
	say_bases();
	say_library();
	say_language();
	return queue.id;
}
