import logging
import canmatrix.formats
logging.disable(logging.CRITICAL)
names = ['Revolutions', 'CoolantTemperature', 'Torque', 'OilTemperature']
message = canmatrix.formats.loadp_flat('go/dbc/car.dbc').frame_by_id(canmatrix.ArbitrationId(256))
told = message.decode(bytes.fromhex('803efed8ffff0000'))
print('canmatrix:', *(float(told[name].phys_value) for name in names))
print('canmatrix packs -20 Nm as raw', int.from_bytes(message.encode(dict(zip(names, [0, 20, -20, 20])))[3:5], 'little', signed=True))
