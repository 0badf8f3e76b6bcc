/* What a process uses: /proc/PID/task/TID/schedstat begins with the time on
 * a processor, in nanoseconds. */
#include "cpu.h"
#include <dirent.h>
#include <stdio.h>

enum { NS_PER_US = 1000 };


static int64_t thread_ns(unsigned pid, const char *tid)
{
	char path[64 + 256];
	long long ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/task/%s/schedstat", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%lld", &ns) != 1)
		ns = 0;
	fclose(f);

	return ns;
}


int64_t cpu_us(unsigned pid)
{
	char path[64];
	const struct dirent *entry;
	int64_t ns = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		ns += entry->d_name[0] == '.' ? 0 :
			thread_ns(pid, entry->d_name);
	closedir(dir);

	return ns / NS_PER_US;
}
