/* What the network did to a connection, as its kernel saw it: how far the peer is, and whether
 * packets were lost or came out of order. Of one to this machine nothing is asked. */
#include "net/http_state.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define NO_SAMPLE UINT32_MAX /* of tcpi_min_rtt */

void http_path_note(struct http_request *request)
{
	struct http_socket *socket = request->socket;
	struct exchange *exchange = request->exchange;
	struct tcp_info info = {0}; /* an older kernel fills in less */
	socklen_t size = sizeof info;
	if (exchange->here || getsockopt(socket->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
		return;
	if (info.tcpi_min_rtt > 0 && info.tcpi_min_rtt != NO_SAMPLE)
		exchange->round_trip = (int64_t)info.tcpi_min_rtt * 1000;
	uint64_t disturbed = (uint64_t)info.tcpi_rcv_ooopack + info.tcpi_total_retrans;
	if (disturbed > socket->disturbed)
		exchange->packet_loss = true;
	socket->disturbed = disturbed;
}
