// SPDX-License-Identifier: Apache-2.0
// Put into the page before its own scripts: a camera, and a peer connection that sends its picture (sender_chromium.py).
(() => {
  let media;
  const peer = new RTCPeerConnection();
  const gathered = new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
  });
  const open = async (width, height, frameRate) => {
    media = await navigator.mediaDevices.getUserMedia({ video: { width, height, frameRate } });
    const { width: wide, height: high, frameRate: rate } = media.getVideoTracks()[0].getSettings();
    return `${wide}x${high}@${rate}`;
  };
  // With the codec alone, the size kept whatever the load.
  const offer = async (mimeType, maxBitrate) => {
    const transceiver = peer.addTransceiver(media.getVideoTracks()[0], { direction: "sendonly", streams: [media] });
    const { codecs } = RTCRtpSender.getCapabilities("video");
    const wanted = codecs.filter((codec) => codec.mimeType === mimeType);
    if (!wanted.length) return "";
    transceiver.setCodecPreferences(wanted);
    const parameters = transceiver.sender.getParameters();
    parameters.degradationPreference = "maintain-resolution";
    Object.assign(parameters.encodings[0], { maxBitrate });
    await transceiver.sender.setParameters(parameters);
    await peer.setLocalDescription();
    await gathered;
    return peer.localDescription.sdp;
  };
  const answer = (sdp) => peer.setRemoteDescription({ type: "answer", sdp });
  const sent = async () => {
    const found = [...(await peer.getStats()).values()].find((one) => one.type === "outbound-rtp");
    const { frameWidth, frameHeight, encoderImplementation, targetBitrate } = found;
    return { size: `${frameWidth}x${frameHeight}`, encoder: encoderImplementation, target: targetBitrate };
  };
  window.__sender = { open, offer, answer, sent };
})();
