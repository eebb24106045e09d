// SPDX-License-Identifier: MIT
// As discover_c.c, in C++: the object is known to a member of a class.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace ipc::v1
{

struct Channel {
	sem_t sem;
	long sent;
	char text[57];
};

class Peer
{
	Channel *channel_;

    public:
	explicit Peer(void *memory) : channel_(static_cast<Channel *>(memory))
	{
	}
	__attribute__((noinline)) long wait()
	{
		std::puts("ready");
		std::fflush(stdout);
		sem_wait(&channel_->sem);
		return channel_->sent;
	}
};

} // namespace ipc::v1

static void *map(const char *name)
{
	int fd = shm_open(name, O_RDWR | O_CREAT, 0600);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(ipc::v1::Channel)) < 0)
		std::exit(1);
	memory = mmap(nullptr, sizeof(ipc::v1::Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	sem_init(static_cast<sem_t *>(memory), 1, 0);
	return memory;
}

static long wait_this(const char *name)
{
	ipc::v1::Peer peer(map(name));

	return peer.wait();
}

static __attribute__((noinline)) long wait_vector(const char *name)
{
	std::vector<ipc::v1::Channel *> channels{static_cast<ipc::v1::Channel *>(map(name))};

	std::puts("ready");
	std::fflush(stdout);
	sem_wait(&channels[0]->sem);
	return channels[0]->sent + static_cast<long>(channels.size());
}

static std::unique_ptr<ipc::v1::Peer> kept;

static long wait_unique(const char *name)
{
	kept = std::make_unique<ipc::v1::Peer>(map(name));
	return kept->wait();
}

int main(int argc, char *argv[])
{
	if (argc == 3 && std::strcmp(argv[1], "this") == 0)
		return static_cast<int>(wait_this(argv[2]));
	if (argc == 3 && std::strcmp(argv[1], "vector") == 0)
		return static_cast<int>(wait_vector(argv[2]));
	if (argc == 3 && std::strcmp(argv[1], "unique") == 0)
		return static_cast<int>(wait_unique(argv[2]));
	return 2;
}
