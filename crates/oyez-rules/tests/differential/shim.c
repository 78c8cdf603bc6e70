/* Stands before libaudit in a real auditctl: says that the kernel is ready, and writes what auditctl would send to the file
 * named by OYEZ_TRACE instead of sending it: message type, length, payload. Nothing reaches a kernel. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADD_RULE 1011
#define DELETE_RULE 1012
#define HEADER_LEN 1040
#define NLMSG_DONE 3

static int record(uint32_t type, uint32_t *rule, int flags, int action)
{
	uint32_t head[2] = { type, HEADER_LEN + rule[HEADER_LEN / 4 - 1] };
	int fd = open(getenv("OYEZ_TRACE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	rule[0] = flags;
	rule[1] = action;
	if (fd < 0 || write(fd, head, sizeof(head)) != sizeof(head) || write(fd, rule, head[1]) != (ssize_t)head[1])
		abort();
	close(fd);
	return 1;
}

int audit_add_rule_data(int fd, uint32_t *rule, int flags, int action)
{
	return record(ADD_RULE, rule, flags, action);
}

int audit_delete_rule_data(int fd, uint32_t *rule, int flags, int action)
{
	return record(DELETE_RULE, rule, flags, action);
}

int audit_is_enabled(int fd) { return 1; }
uint32_t audit_get_features(void) { return 0xffffffff; }
int audit_can_control(void) { return 1; }
int audit_open(void) { return open("/dev/null", O_RDWR | O_CLOEXEC); }
int audit_send(int fd, int type, const void *data, unsigned int size) { return -1; }
int __audit_send(int fd, int type, const void *data, unsigned int size, int *seq) { return -1; }

/* What it lists: the rules in the file named by OYEZ_LISTED, each with its length before it. */
int audit_request_rules_list_data(int fd) { return 1; }

struct reply {
	int type, len;
	void *nlh;
	char message[16 + 8970];
	uint32_t *data;
};

int audit_get_reply(int fd, struct reply *reply, int block, int peek)
{
	static int listed = -1;
	static char rule[HEADER_LEN + 300000];
	const char *path = getenv("OYEZ_LISTED");
	uint32_t len;

	if (listed < 0 && path)
		listed = open(path, O_RDONLY | O_CLOEXEC);
	if (listed < 0 || read(listed, &len, 4) != 4 || len > sizeof(rule) || read(listed, rule, len) != (ssize_t)len) {
		reply->type = NLMSG_DONE;
		return 1;
	}
	reply->type = 1013;
	reply->len = len;
	memcpy(&reply->data, (void *[]){ rule }, sizeof(void *));
	return 1;
}
