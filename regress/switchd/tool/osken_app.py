# SPDX-License-Identifier: ISC
"""osken_app.py: a remote controller for relay.py, an os-ken application.

It learns addresses and installs a flow for each pair that has spoken, table
miss first, as an application for OpenFlow 1.3 is written everywhere.  Flows to
a host that moved go.
"""
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import (CONFIG_DISPATCHER, MAIN_DISPATCHER,
                                       set_ev_cls)
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_3


class Learn(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ports = {}

    @staticmethod
    def flow(dp, priority, match, out):
        ofp, p = dp.ofproto, dp.ofproto_parser
        actions = [p.OFPActionOutput(out, ofp.OFPCML_NO_BUFFER)]
        dp.send_msg(p.OFPFlowMod(
            datapath=dp, priority=priority, match=match,
            instructions=[p.OFPInstructionActions(
                ofp.OFPIT_APPLY_ACTIONS, actions)]))

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        dp = ev.msg.datapath
        self.flow(dp, 0, dp.ofproto_parser.OFPMatch(),
                  dp.ofproto.OFPP_CONTROLLER)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        msg = ev.msg
        dp, port = msg.datapath, msg.match["in_port"]
        ofp, p = dp.ofproto, dp.ofproto_parser
        eth = packet.Packet(msg.data).get_protocol(ethernet.ethernet)
        if self.ports.get(eth.src, port) != port:
            dp.send_msg(p.OFPFlowMod(
                datapath=dp, command=ofp.OFPFC_DELETE,
                out_port=ofp.OFPP_ANY, out_group=ofp.OFPG_ANY,
                match=p.OFPMatch(eth_dst=eth.src)))
        self.ports[eth.src] = port
        out = self.ports.get(eth.dst, ofp.OFPP_FLOOD)
        if out != ofp.OFPP_FLOOD:
            self.flow(dp, 1, p.OFPMatch(in_port=port, eth_dst=eth.dst), out)
        dp.send_msg(p.OFPPacketOut(
            datapath=dp, buffer_id=ofp.OFP_NO_BUFFER, in_port=port,
            actions=[p.OFPActionOutput(out)], data=msg.data))
